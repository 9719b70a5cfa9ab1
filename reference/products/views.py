"""The home page, the list of products, a product with its reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import ListView, TemplateView
from django_tenfold.api.counts import count_rows
from django_tenfold.api.pages import KeysetListMixin
from django_tenfold.cache.pages import CachedPage
from django_tenfold.cache.tags import add_tags

from leaderboard.standings import standings
from products.models import Category, Product
from products.reading import find_product, name_reviews_tag
from reviews.counters import votes_of_review
from reviews.models import Review, Reviewer
from reviews.reading import count_ratings, with_author, with_author_and_product

if TYPE_CHECKING:
    from django.db.models import QuerySet

ORDERS = {
    "reviews": ("Most reviewed", ("-review_count", "-pk")),
    "rating": ("Best rated", ("-rating", "-pk")),
    "name": ("Name", ("name", "pk")),
}
"""What `?order=` may be: each is served by an index of Product."""
CARD = ("name", "slug", "price", "photo", "review_count", "rating_sum", "rating")
"""The columns that a product's card shows; descriptions stay in the database."""


class Home(CachedPage, TemplateView):
    """Querysets are lazy: those inside of a cached fragment run only when the fragment is made anew."""

    template_name = "products/home.html"
    cache_page = {"seconds": 300, "stale": 60, "tags": [Category, Product, Review, Reviewer]}

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        return super().get_context_data(
            popular=Product.objects.only(*CARD).order_by(*ORDERS["reviews"][1])[:8],
            newest=with_author_and_product(Review.objects.filter(published=True))[:6],
            reviewers=standings()[:5],
            categories=Category.objects.all(),
            **named,
        )


class ProductList(CachedPage, KeysetListMixin, ListView):
    template_name = "products/list.html"
    cache_page = {"seconds": 300, "stale": 60, "tags": [Category, Product], "query": ["cursor", "order"]}
    context_object_name = "products"
    paginate_by = 24

    @cached_property
    def category(self) -> Category | None:
        slug = self.kwargs.get("category")
        return get_object_or_404(Category, slug=slug) if slug else None

    @property
    def order(self) -> str:
        wished = self.request.GET.get("order", "")
        return wished if wished in ORDERS else "reviews"

    def get_queryset(self) -> QuerySet[Product]:
        found = Product.objects.only(*CARD).order_by(*ORDERS[self.order][1])
        return found.filter(category=self.category) if self.category else found

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        orders = [(name, title) for name, (title, _) in ORDERS.items()]
        return super().get_context_data(
            category=self.category,
            categories=Category.objects.all(),
            order=self.order,
            orders=orders,
            row_count=count_rows(self.object_list),
            **named,
        )


class ProductPage(CachedPage, KeysetListMixin, ListView):
    """A product, and its reviews newest first."""

    template_name = "products/product.html"
    # Its product, category and reviews are named while it is made; an author's new name waits for the five minutes.
    cache_page = {"seconds": 300, "stale": 60, "query": ["cursor", "stars"]}
    context_object_name = "reviews"
    paginate_by = 10

    @cached_property
    def product(self) -> Product:
        found = find_product(self.kwargs["slug"])
        add_tags(name_reviews_tag(found.pk))
        return found

    @property
    def stars(self) -> int | None:
        """Only reviews with as many, when the address asks for it."""
        wished = self.request.GET.get("stars", "")
        return int(wished) if wished in {"1", "2", "3", "4", "5"} else None

    @cached_property
    def histogram(self) -> dict[int, int]:
        return count_ratings(self.product)

    def get_queryset(self) -> QuerySet[Review]:
        found = with_author(self.product.reviews.filter(published=True)).order_by("-submitted_at", "-pk")
        # As of now, for who has just voted; the column follows within a minute.
        found = found.annotate(helpful=votes_of_review.of("pk"))
        return found.filter(rating=self.stars) if self.stars else found

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        most = max(self.histogram.values(), default=0) or 1
        count = sum(self.histogram.values())
        stars = sum(rating * rows for rating, rows in self.histogram.items())
        bars = [
            (rating, rows, round(100 * rows / most))
            for rating, rows in sorted(self.histogram.items(), reverse=True)
        ]
        return super().get_context_data(
            product=self.product,
            bars=bars,
            stars=self.stars,
            review_count=count,
            rating=stars / count if count else 0,
            row_count=self.histogram[self.stars] if self.stars else count,
            mine=self.find_mine(),
            **named,
        )

    def find_mine(self) -> Review | None:
        """The reader's own review: shown in place of the invitation to write one."""
        reader = self.request.user
        if not reader.is_authenticated:
            return None
        return Review.objects.filter(author=reader, product=self.product).only("pk").first()
