"""What is exported of reviews, and which ones: PostgreSQL writes the CSV itself (COPY)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django_tenfold.api.export.columns import Column

from products.models import Category
from reviews.models import Review

if TYPE_CHECKING:
    from django.db.models import QuerySet

COLUMNS = (
    "id",
    Column("product__slug", "product"),
    "rating",
    "title",
    "text",
    Column("author_id", "author"),
    "verified",
    Column("helpful_count", "helpful"),
    Column("started_at", "started"),
    Column("submitted_at", "submitted"),
)
"""The key first: a download that was cut goes on behind the last line that came whole, by `?after=<id>`. Addresses
of members are not exported."""


class ExportForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), required=False, empty_label="All categories")
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


def find_rows(wish: dict[str, Any]) -> QuerySet[Review]:
    """Published reviews that fit the form."""
    return Review.objects.filter(_condition(wish), published=True).order_by()


def _condition(wish: dict[str, Any]) -> Q:
    found = Q()
    if wish.get("category"):
        found &= Q(product__category=wish["category"])
    if wish.get("since"):
        found &= Q(submitted_at__date__gte=wish["since"])
    if wish.get("until"):
        found &= Q(submitted_at__date__lte=wish["until"])
    return found
