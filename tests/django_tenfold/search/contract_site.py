"""Articles on a shelf, indexed: what the tests of the contract start from."""

from __future__ import annotations

import datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from django_tenfold.search.rebuilding import rebuild_index, remove_index
from tests.django_site.articles.models import Article, Maker
from tests.django_site.articles.search import ArticleIndex, PlainIndex, TagIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.search.results import Results

INDEXES = (ArticleIndex, PlainIndex, TagIndex)
NAMES = tuple(f"tests.django_site.articles.search.{one.__name__}" for one in INDEXES)


def command(*words: str) -> str:
    out = StringIO()
    call_command("search_index", *words, stdout=out)
    return out.getvalue()


def keys(found: Results) -> list[int]:
    return [hit.key for hit in found.hits]


class IndexedSite:
    @pytest.fixture
    def chosen(self, engine: Any) -> dict[str, Any]:
        """Options that the engine needs."""
        return {}

    @pytest.fixture(autouse=True)
    def _declared(self, engine: Any, chosen: dict[str, Any]) -> Iterator[None]:
        """`engine` is the database, or what stands beside it; it is given back without tables or triggers."""
        with override_settings(TENFOLD_SEARCH={"indexes": NAMES, "ranked_rows": 100, **chosen}):
            yield
            for index in INDEXES:
                remove_index(index)

    @pytest.fixture
    def shelf(self) -> dict[str, Article]:
        maker = Maker.objects.create(name="Nordlicht")
        made = [
            Article(
                title="Battery lamp",
                body="Its battery lasts for two days.",
                language="en",
                rating=5,
                maker=maker,
            ),
            Article(
                title="Reading lamp", body="No battery needed, a socket will do.", language="en", rating=3
            ),
            Article(
                title="Wool blanket", body="Warm & soft <b>wool</b>.", language="de", price=Decimal("19.90")
            ),
            Article(title="Secret battery", language="en", published=False),
            Article(title="Umbrella", body="For the rain", day=datetime.date(2026, 5, 4)),
        ]
        for one in made:
            one.save()
        rebuild_index(ArticleIndex)
        return {one.title.split()[0].lower(): one for one in made}
