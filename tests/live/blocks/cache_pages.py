"""A page of all rows, asked before Django as servers ask: its environment or scope in, its answer out."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import TYPE_CHECKING, Any

from django.http import JsonResponse
from django.urls import path

from django_tenfold.cache.pages import cache_view
from tests.django_site.goods.models import Thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from tests.live.blocks.cache_processes import Board

computed: list[int] = []
"""One for each time that the view ran."""


@cache_view(60, tags=[Thing])
def things(request: HttpRequest) -> JsonResponse:
    counts = [*Thing.objects.order_by("pk").values_list("count", flat=True)]
    time.sleep(random.random() * 0.002)  # room for a change between reading and keeping
    computed.append(1)
    return JsonResponse(counts, safe=False)


urlpatterns = [path("things/", things)]


def count_answers(application: Any) -> tuple[Callable[..., Any], list[int]]:
    """The wrapped application, and one for each request that reached Django."""
    from django_tenfold.cache.front import answer_cached_pages

    asked: list[int] = []
    front = answer_cached_pages(application)
    inner = front.application

    def count(*given: Any) -> Any:
        asked.append(1)
        return inner(*given)

    front.application = count
    return front, asked


def read_front(number: int, board: Board) -> dict[str, Any]:
    """Through the WSGI wrapper until the board says stop."""
    from django.core.wsgi import get_wsgi_application

    from tests.django_tenfold.cache.front_site import ask_wsgi

    front, asked = count_answers(get_wsgi_application())
    told = Seen(board)
    while told.goes_on():
        told.take(ask_wsgi(front, "/things/").body)
    return told.sum_up(asked)


def read_async_front(number: int, board: Board) -> dict[str, Any]:
    """Through the ASGI wrapper; several at a time share a connection."""
    from django.core.asgi import get_asgi_application

    from django_tenfold.cache.tags.store import RedisStore, get_store
    from tests.django_tenfold.cache.front_site import ask_asgi

    front, asked = count_answers(get_asgi_application())

    async def read() -> Seen:
        told = Seen(board)
        while told.goes_on():
            told.take((await ask_asgi(front, "/things/")).body)
            await asyncio.sleep(0)
        return told

    async def read_all() -> dict[str, Any]:
        first, *others = await asyncio.gather(*(read() for _ in range(4)))
        store = get_store()
        assert isinstance(store, RedisStore)
        await store.aclose()
        first.reads += sum(one.reads for one in others)
        first.stale += [pair for one in others for pair in one.stale]
        return first.sum_up(asked)

    return asyncio.run(read_all())


class Seen:
    """What one reader got, and what of it was older than the board before it asked."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._floors: list[int] = []
        self.reads = 0
        self.stale: list[tuple[int, int]] = []

    def goes_on(self) -> bool:
        from tests.live.blocks.cache_processes import ROWS, STOP

        self._floors = [self._board.read(one) for one in range(ROWS)]
        return not self._board.read(STOP)

    def take(self, body: bytes) -> None:
        self.reads += 1
        pairs = zip(json.loads(body), self._floors, strict=True)
        self.stale += [(count, floor) for count, floor in pairs if count < floor]

    def sum_up(self, asked: list[int]) -> dict[str, Any]:
        told = {"reads": self.reads, "stale": self.stale, "computed": len(computed)}
        return {**told, "before_django": self.reads - len(asked)}
