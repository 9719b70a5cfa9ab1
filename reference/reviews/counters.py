"""What is counted about reviews: by triggers of the database, under every kind of write.

Writers append what they changed and never wait for each other. `reviews.tasks` rolls that up each minute, into the
columns that lists are sorted by; `of()` and `read()` are exact at any moment. `manage.py counters verify` proves
them. SQLite keeps nothing: there a roll-up counts the rows.
"""

from __future__ import annotations

from django.db.models import Q
from django_tenfold.db.counters import Counter

SHOWN = Q(published=True)

reviews_of_product = Counter(
    "reviews_of_product",
    "reviews.Review",
    by="product",
    where=SHOWN,
    column="products.Product.review_count",
)
stars_of_product = Counter(
    "stars_of_product",
    "reviews.Review",
    by="product",
    add="rating",
    where=SHOWN,
    column="products.Product.rating_sum",
)
reviews_of_author = Counter(
    "reviews_of_author",
    "reviews.Review",
    by="author",
    where=SHOWN,
    column="reviews.Reviewer.review_count",
)
seconds_of_author = Counter(
    "seconds_of_author",
    "reviews.Review",
    by="author",
    add="seconds",
    where=SHOWN,
    column="reviews.Reviewer.seconds_total",
)
votes_of_review = Counter(
    "votes_of_review", "reviews.HelpfulVote", by="review", column="reviews.Review.helpful_count"
)
COUNTERS = (reviews_of_product, stars_of_product, reviews_of_author, seconds_of_author, votes_of_review)
