"""What a review holds of its product, so that a list is filtered and sorted by one index.

PostgreSQL keeps it: a product that moves to another category takes its reviews along, whoever moves it. Elsewhere a
review keeps the category that it was published in.
"""

from __future__ import annotations

from django_tenfold.db.derived.fields import CopiedField

category_of_review = CopiedField("reviews.Review", "category", source="product__category")
