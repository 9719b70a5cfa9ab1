"""The views of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django_tenfold.api.drf.views import CompiledListMixin
from django_tenfold.cache.pages import CachedPage
from django_tenfold.cache.tags import add_tags
from rest_framework.generics import ListAPIView, RetrieveAPIView

from api.pagination import ByKey, ByRank
from api.serializers import ProductDetailSerializer, ProductSerializer, ReviewSerializer, StandingSerializer
from leaderboard.standings import standings
from products.models import Category, Product
from products.reading import find_product, name_reviews_tag
from reviews.models import Review, Reviewer

if TYPE_CHECKING:
    from django.db.models import QuerySet

EVERYONE = {"seconds": 300, "stale": 60, "audience": "everyone"}
"""Nothing here depends on who asks. Whoever has the newest version already is answered 304."""


class ProductListView(CachedPage, CompiledListMixin, ListAPIView):
    """Products by name; `?category=<slug>`."""

    cache_page = {**EVERYONE, "tags": [Category, Product], "query": ["category", "cursor", "size"]}
    queryset = Product.objects.order_by("name", "pk")
    serializer_class = ProductSerializer
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[Product]:
        found = super().get_queryset()
        wished = self.request.query_params.get("category")
        return found.filter(category__slug=wished) if wished else found


class ProductView(CachedPage, RetrieveAPIView):
    """One product: its row and its category's are named while it is read."""

    cache_page = EVERYONE
    serializer_class = ProductDetailSerializer

    def get_object(self) -> Product:
        return find_product(self.kwargs["slug"])


class ReviewListView(CachedPage, CompiledListMixin, ListAPIView):
    """Published reviews, newest first; `?category=<slug>`."""

    cache_page = {**EVERYONE, "tags": [Review, Product, Category], "query": ["category", "cursor", "size"]}
    queryset = Review.objects.filter(published=True).order_by("-submitted_at", "-pk")
    serializer_class = ReviewSerializer
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[Review]:
        found = super().get_queryset()
        wished = self.request.query_params.get("category")
        if not wished:
            return found
        # By its key: joined by its slug, the index on category and time would not be seen to be in order.
        return found.filter(category=get_object_or_404(Category.objects.only("pk"), slug=wished))


class ProductReviewListView(ReviewListView):
    """Those of one product."""

    cache_page = {**EVERYONE, "query": ["cursor", "size"]}

    def get_queryset(self) -> QuerySet[Review]:
        product = find_product(self.kwargs["slug"])
        add_tags(name_reviews_tag(product.pk))
        return super().get_queryset().filter(product=product)


class LeaderboardView(CachedPage, CompiledListMixin, ListAPIView):
    """Reviewers by rank."""

    cache_page = {**EVERYONE, "tags": [Reviewer], "query": ["page", "size"]}
    serializer_class = StandingSerializer
    pagination_class = ByRank

    def get_queryset(self) -> Any:
        return standings()
