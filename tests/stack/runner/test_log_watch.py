from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tenfold.stack.runner import log_watch
from tenfold.stack.runner.log_watch import open_notices, watch_logs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_log_that_grows_is_noticed_again_and_again(tmp_path: Path) -> None:
    log = tmp_path / "app-1.log"
    log.touch()

    async def play() -> None:
        noticed = asyncio.Event()
        with watch_logs(tmp_path, noticed.set):
            for _ in range(2):
                with log.open("a") as file:
                    file.write("line\n")
                async with asyncio.timeout(20):
                    await noticed.wait()
                noticed.clear()

    asyncio.run(play())


def test_what_was_written_last_is_read_at_the_end(tmp_path: Path) -> None:
    reads: list[int] = []

    async def play() -> None:
        with watch_logs(tmp_path, lambda: reads.append(1)):
            (tmp_path / "app-1.log").write_text("last words\n")

    asyncio.run(play())
    assert reads


def test_a_folder_that_is_not_there_has_no_notices(tmp_path: Path) -> None:
    assert open_notices(tmp_path / "gone") == -1


def test_without_notices_one_looks_from_time_to_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_watch, "open_notices", lambda folder: -1)
    monkeypatch.setattr(log_watch, "EACH", 0.01)

    async def play() -> None:
        looked = asyncio.Event()
        with watch_logs(tmp_path, looked.set):
            for _ in range(2):
                async with asyncio.timeout(20):
                    await looked.wait()
                looked.clear()

    asyncio.run(play())
