"""The page of results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.views.generic import ListView
from django_tenfold.cache.pages import CachedPage

from products.models import Product
from products.views import CARD
from reviews.models import Review
from reviews.reading import with_author_and_product
from search.finding import find_products, find_reviews

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST = 100
"""Characters of a question; what is longer is cut."""


class Results(CachedPage, ListView):
    """Reviews in pages, and above the first the products."""

    template_name = "search/results.html"
    cache_page = {
        "seconds": 60,
        "query": ["q", "page"],
    }  # what is found follows within seconds: nothing to take back
    context_object_name = "reviews"
    paginate_by = 10

    @property
    def words(self) -> str:
        # PostgreSQL takes no NUL in a text.
        return self.request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]

    def get_queryset(self) -> QuerySet[Review]:
        if not self.words:
            return Review.objects.none()
        return with_author_and_product(find_reviews(self.words))

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        products = find_products(self.words).only(*CARD)[:8] if self.words else Product.objects.none()
        return super().get_context_data(words=self.words, products=products, **named)
