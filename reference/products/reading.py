"""Reads one product: from the cache, as its last commit left it."""

from __future__ import annotations

from django.http import Http404
from django_tenfold.cache.rows import get_cached
from django_tenfold.cache.values import get_or_compute

from products.models import Category, Product

KEPT = 86_400
"""Seconds that the key of a slug is kept; that a slug was given to another product is noticed at once."""


def find_product(slug: str) -> Product:
    """With its category. What is being cached meanwhile is made anew when either changes. Raises Http404."""

    def find_key() -> int:
        return Product.objects.values_list("pk", flat=True).get(slug=slug)

    try:
        product = get_cached(Product, get_or_compute(f"product-key:{slug}", find_key, seconds=KEPT))
        if product.slug != slug:
            product = get_cached(Product, find_key())
    except Product.DoesNotExist as missing:
        raise Http404(f"There is no product {slug}.") from missing
    product.category = get_cached(Category, product.category_id)
    return product


def name_reviews_tag(product_id: int) -> str:
    """Of pages that show reviews of one product; `reviews.posting` takes them back. The tag of all reviews would take
    every product's page back with each review of any other."""
    return f"reviews-of:{product_id}"
