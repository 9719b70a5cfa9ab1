"""Elasticsearch and OpenSearch behind the seam of `django_tenfold.search.backend`."""
