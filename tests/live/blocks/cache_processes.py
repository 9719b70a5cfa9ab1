"""Processes that write rows, and processes that read them through the cache and tell what was older than allowed.

`python -m tests.live.blocks.cache_processes read|front|async_front|write|crash|purge <number>`, with DATABASE,
CACHE_URL, BOARD and WRITES in the environment. The board is a file of 64-bit numbers, one for each row: what
its writer was last told to be committed. A reader looks there before it asks; what it gets must not be less.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

ROWS_EACH = 2
WRITERS = 4
ROWS = ROWS_EACH * WRITERS
STOP = ROWS
"""The number after the rows: 1 when readers are to end."""


class Board:
    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8 * (ROWS + 1))

    def read(self, slot: int) -> int:
        return int(struct.unpack_from("=q", self._map, 8 * slot)[0])

    def write(self, slot: int, value: int) -> None:
        struct.pack_into("=q", self._map, 8 * slot, value)


def make_board(path: Path) -> Board:
    path.write_bytes(bytes(8 * (ROWS + 1)))
    return Board(path)


def environment_of(servers: Servers, *models: str) -> dict[str, str]:
    """What such a process is told of the servers, and of what it watches."""
    root = Path(__file__).parents[3]
    return {
        **os.environ,
        "DATABASE": json.dumps(servers.database_entry()),
        "CACHE_URL": servers.cache_url,
        "MODELS": " ".join(models),
        "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}",
    }


def start_django() -> None:
    import django
    from django.conf import settings

    from tests.django_site.settings import SITE

    settings.configure(
        **{
            **SITE,
            "DATABASES": {"default": json.loads(os.environ["DATABASE"])},
            "CACHES": {
                "default": {
                    "BACKEND": "django_tenfold.cache.backends.FailOpenRedisCache",
                    "LOCATION": os.environ["CACHE_URL"],
                }
            },
            "MIDDLEWARE": ["django_tenfold.cache.middleware.PageCacheMiddleware"],
            "ROOT_URLCONF": "tests.live.blocks.cache_pages",
            "TENFOLD_CACHE": {
                "models": os.environ["MODELS"].split(),
                "write_seconds": 2,
                "rest_seconds": 0.2,
            },
        }
    )
    django.setup()


def write(number: int, board: Board) -> None:
    """Each write raises one row's count by one, each time by another way; the board is told after the commit."""
    from django.db import connection, transaction
    from django.db.models import F

    from tests.django_site.goods.models import Thing

    rows = [number * ROWS_EACH + one for one in range(ROWS_EACH)]
    ids = [*Thing.objects.order_by("pk").values_list("pk", flat=True)]
    for turn in range(int(os.environ["WRITES"])):
        row = rows[turn % ROWS_EACH]
        one = Thing.objects.get(pk=ids[row])
        way = turn // ROWS_EACH % 4
        if way == 0:
            one.count += 1
            one.save()
        elif way == 1:
            Thing.objects.filter(pk=one.pk).update(count=F("count") + 1)
        elif way == 2:
            with connection.cursor() as cursor:
                cursor.execute("update goods_thing set count = count + 1 where id = %s", [one.pk])
        else:
            with transaction.atomic():
                Thing.objects.filter(pk=one.pk).update(count=-1)
                transaction.set_rollback(True)
            with transaction.atomic():
                one.name = "moved"
                one.save()
                Thing.objects.filter(pk=one.pk).update(count=F("count") + 1)
        board.write(row, board.read(row) + 1)


def read(number: int, board: Board) -> None:
    """Prints what it read and what of it was older than the board, as JSON."""
    from django.db.models import Sum

    from django_tenfold.cache.rows import get_cached, get_many_cached
    from django_tenfold.cache.values import get_or_compute
    from tests.django_site.goods.models import Thing

    ids = [*Thing.objects.order_by("pk").values_list("pk", flat=True)]
    told: dict[str, Any] = {"reads": 0, "computed": 0, "stale": []}

    def add_up() -> int:
        told["computed"] += 1
        found = Thing.objects.aggregate(sum=Sum("count"))["sum"]
        time.sleep(random.random() * 0.002)  # room for a change between reading and keeping
        return int(found)

    while not board.read(STOP):
        row = random.randrange(ROWS)
        floors = [board.read(one) for one in range(ROWS)]
        seen = [
            (get_cached(Thing, ids[row]).count, floors[row]),
            (get_or_compute("sum", add_up, tags=[Thing], seconds=60), sum(floors)),
        ]
        floors = [board.read(one) for one in range(ROWS)]
        many = get_many_cached(Thing, ids)
        seen += [(many[pk].count, floor) for pk, floor in zip(ids, floors, strict=True)]
        told["reads"] += len(seen)
        told["stale"] += [pair for pair in seen if pair[0] < pair[1]]
    sys.stdout.write(json.dumps(told))


def read_pages(number: int, board: Board) -> None:
    """Prints as `read` does, of a page that is answered before Django."""
    from tests.live.blocks import cache_pages

    read_front = cache_pages.read_front if sys.argv[1] == "front" else cache_pages.read_async_front
    sys.stdout.write(json.dumps(read_front(number, board)))


@contextmanager
def dies_after_commit() -> Iterator[None]:
    from django_tenfold.cache import purging

    purging.Writer.__call__ = lambda self: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    yield


def crash(number: int, board: Board) -> None:
    """Commits a write, and is gone before it can purge."""
    from django.db import transaction

    from tests.django_site.goods.models import Thing

    with dies_after_commit(), transaction.atomic():
        Thing.objects.update(count=1000 + number)


def purge() -> None:
    """Takes back what others change, until it is told to stop."""
    from django.core.management import call_command

    call_command("cache_purger", "--poll", "0.05")


if __name__ == "__main__":
    start_django()
    roles = {"read": read, "front": read_pages, "async_front": read_pages, "write": write, "crash": crash}
    if sys.argv[1] == "purge":
        purge()
    else:
        roles[sys.argv[1]](int(sys.argv[2]), Board(Path(os.environ["BOARD"])))
