"""The views of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from django.views.decorators.http import condition
from django_tenfold.api.drf_views import CompiledListMixin
from rest_framework.generics import ListAPIView, RetrieveAPIView

from api.pagination import ByKey, ByRank
from api.serializers import ProductDetailSerializer, ProductSerializer, ReviewSerializer, StandingSerializer
from leaderboard.standings import standings
from products.models import Product
from reviews.models import Review

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

SECONDS = 30
"""That an answer may be old: nothing here depends on who asks."""
cached = method_decorator(cache_page(SECONDS, key_prefix="api"), name="dispatch")


def find_version(request: HttpRequest, slug: str) -> str | None:
    """The ETag of a product: when it was changed last, by staff or by a review. One short query."""
    told = ("pk", "changed_at", "review_count", "rating_sum")
    found = Product.objects.filter(slug=slug).values_list(*told).first()
    return f'"{found[0]}-{found[1].timestamp():.6f}-{found[2]}-{found[3]}"' if found else None


@cached
class ProductListView(CompiledListMixin, ListAPIView):
    """Products by name; `?category=<slug>`."""

    queryset = Product.objects.order_by("name", "pk")
    serializer_class = ProductSerializer
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[Product]:
        found = super().get_queryset()
        wished = self.request.query_params.get("category")
        return found.filter(category__slug=wished) if wished else found


@method_decorator(condition(etag_func=find_version), name="dispatch")
class ProductView(RetrieveAPIView):
    """One product. Whoever has it already is answered 304 without reading it."""

    serializer_class = ProductDetailSerializer
    queryset = Product.objects.select_related("category")
    lookup_field = "slug"


@cached
class ReviewListView(CompiledListMixin, ListAPIView):
    """Published reviews, newest first."""

    queryset = Review.objects.filter(published=True).order_by("-submitted_at", "-pk")
    serializer_class = ReviewSerializer
    pagination_class = ByKey


@cached
class ProductReviewListView(ReviewListView):
    """Those of one product."""

    def get_queryset(self) -> QuerySet[Review]:
        product = get_object_or_404(Product.objects.only("pk"), slug=self.kwargs["slug"])
        return super().get_queryset().filter(product=product)


@cached
class LeaderboardView(CompiledListMixin, ListAPIView):
    """Reviewers by rank."""

    serializer_class = StandingSerializer
    pagination_class = ByRank

    def get_queryset(self) -> Any:
        return standings()
