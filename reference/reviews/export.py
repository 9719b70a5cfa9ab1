"""Reviews as CSV, a piece at a time."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q

from products.models import Category
from reviews.models import Review

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 2000
"""Rows read at a time. By key and not by a cursor of the server: PgBouncer keeps none from one
transaction to the next, and a download of an hour shall hold no snapshot open.
https://www.pgbouncer.org/features.html"""
COLUMNS = {
    "id": "pk",
    "product": "product__slug",
    "rating": "rating",
    "title": "title",
    "text": "text",
    "author": "author_id",
    "verified": "verified",
    "helpful": "helpful_count",
    "started": "started_at",
    "submitted": "submitted_at",
}
"""Heading: lookup. Addresses of members are not exported."""
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class ExportForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), required=False, empty_label="All categories")
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


def stream_rows(wish: dict[str, Any]) -> Iterator[str]:
    """The heading, then PIECE rows at a time as text."""
    yield _to_csv([tuple(COLUMNS)])
    found = (
        Review.objects.filter(_condition(wish), published=True).order_by("pk").values_list(*COLUMNS.values())
    )
    last = 0
    while rows := list(found.filter(pk__gt=last)[:PIECE]):
        last = rows[-1][0]
        yield _to_csv(rows)


def _condition(wish: dict[str, Any]) -> Q:
    found = Q()
    if wish.get("category"):
        found &= Q(product__category=wish["category"])
    if wish.get("since"):
        found &= Q(submitted_at__date__gte=wish["since"])
    if wish.get("until"):
        found &= Q(submitted_at__date__lte=wish["until"])
    return found


def _to_csv(rows: list[tuple[Any, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula is quoted.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
