"""Many processes that write and read through the cache: nobody sees what was before a commit that was told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from django_tenfold.cache.rows import get_cached
from django_tenfold.cache.tags.store import READ, get_store, name_key
from tests.django_site.goods.models import Thing
from tests.live.blocks.cache_processes import ROWS, STOP, WRITERS, environment_of, make_board
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database", "valkey_cache")]
ROOT = Path(__file__).parents[3]
WRITES = 10_000
READERS = ("read", "read", "front", "async_front")


def start(role: str, number: int, *, servers: Servers, board: Path) -> subprocess.Popen[str]:
    environment = {
        **environment_of(servers, "goods.Thing"),
        "BOARD": str(board),
        "WRITES": str(WRITES // WRITERS),
    }
    words = [sys.executable, "-m", "tests.live.blocks.cache_processes", role, str(number)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.slow
def test_no_read_is_older_than_a_commit_in_ten_thousand_writes(
    postgres_database: Servers, tmp_path: Path
) -> None:
    Thing.objects.bulk_create(Thing(name=str(one)) for one in range(ROWS))
    board = make_board(tmp_path / "board")
    readers = [
        start(role, one, servers=postgres_database, board=tmp_path / "board")
        for one, role in enumerate(READERS)
    ]
    writers = [
        start("write", one, servers=postgres_database, board=tmp_path / "board") for one in range(WRITERS)
    ]
    said = [one.communicate(timeout=300)[1] for one in writers]
    board.write(STOP, 1)
    told = [one.communicate(timeout=60) for one in readers]
    assert [one.returncode for one in (*writers, *readers)] == [0] * (WRITERS + len(READERS)), (said, told)
    read = [json.loads(one[0]) for one in told]
    assert [one["stale"] for one in read] == [[]] * len(READERS)
    for one in read:
        assert 0 < one["computed"] < one["reads"], "some reads were made, and some were served"
    assert all(one["before_django"] > 0 for one in read[2:]), "some before Django"
    assert sum(Thing.objects.values_list("count", flat=True)) == WRITES


def test_a_writer_that_dies_after_its_commit_leaves_nothing_old_behind(
    postgres_database: Servers, tmp_path: Path
) -> None:
    with override_settings(TENFOLD_CACHE={"models": ["goods.Thing"]}):
        thing = Thing.objects.create(name="cup")
        assert [get_cached(Thing, thing.pk).count for _ in range(2)] == [0, 0]
        make_board(tmp_path / "board")
        crashed = start("crash", 7, servers=postgres_database, board=tmp_path / "board")
        crashed.communicate(timeout=60)
        assert crashed.returncode == -9
        assert get_cached(Thing, thing.pk).count == 1007
        tag = name_key("goods.thing:*")
        wait_until(lambda: get_store().ask(READ, (tag,)) == [None], "the lease of the dead writer ends")
        assert get_cached(Thing, thing.pk).count == 1007
