"""A small server of the part of the API of Elasticsearch and OpenSearch that the search block uses.

It keeps documents in memory, answers searches from what was refreshed, and refuses with 400 whatever it does not know,
so that a request that a real node would refuse does not pass here.
"""
