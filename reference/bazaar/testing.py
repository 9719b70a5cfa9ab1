"""What the tests of the review site share: a client that speaks HTTPS, and rows to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django_tenfold.db.counters.upkeep import verify_counter

from products.models import Category, Product
from reviews.counters import COUNTERS
from reviews.models import Review
from reviews.posting import publish_review

if TYPE_CHECKING:
    from django_tenfold.db.counters import Counter

NUMBERS = count(1)
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class SecureClient(Client):
    def generic(self, *arguments: Any, **named: Any) -> Any:
        return super().generic(*arguments, **{**named, "secure": True})


class SiteTestCase(TestCase):
    """Begins with an empty cache; and in the transaction of a test, which has written, nothing is kept: every page is
    made anew and its queries can be counted."""

    client_class = SecureClient

    def setUp(self) -> None:
        cache.clear()

    def count_queries(self, address: str) -> int:
        """Of one page that is not in the cache."""
        cache.clear()
        with self.capture() as captured:
            response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return len(find_own(captured))

    def capture(self) -> CaptureQueriesContext:
        return CaptureQueriesContext(connection)


def find_own(captured: CaptureQueriesContext) -> list[str]:
    """Queries of the site. Within a transaction, as a test's, the cache asks PostgreSQL whether it has written."""
    return [one["sql"] for one in captured if "pg_current_xact_id" not in one["sql"]]


class CachingTestCase(TransactionTestCase):
    """Commits what it writes, as production does: pages are kept, and taken back."""

    client_class = SecureClient

    def setUp(self) -> None:
        cache.clear()


def make_person(email: str = "", **more: Any) -> Any:
    return get_user_model().objects.create_user(
        email or f"person.{next(NUMBERS)}@example.com", "a passphrase", **more
    )


def make_product(name: str = "Desk lamp", **more: Any) -> Product:
    number = next(NUMBERS)
    category, _ = Category.objects.get_or_create(name="Lighting", slug="lighting")
    return Product.objects.create(
        **{"name": name, "slug": f"product-{number}", "category": category, "price": "19.90", **more}
    )


def make_review(product: Product | None = None, author: Any = None, **more: Any) -> Review:
    """Published through the same door as any other."""
    values = {"rating": 4, "title": "Good light", "text": "Warm and bright.", "submitted_at": NOW, **more}
    values.setdefault("started_at", values["submitted_at"] - timedelta(seconds=90))
    return publish_review(Review(product=product or make_product(), author=author or make_person(), **values))


def find_wrong_counters() -> list[str]:
    """Names of counters that their rows, or their column, contradict."""
    return sorted(
        one.name for one in COUNTERS if verify_counter(one, using=connection.alias) or _differs(one)
    )


def _differs(counter: Counter) -> bool:
    """Whether the column is behind, which where nothing is kept is all that can be wrong."""
    model, field = counter.followed
    return bool(model.objects.exclude(**{field.name: counter.of("pk")}).exists())
