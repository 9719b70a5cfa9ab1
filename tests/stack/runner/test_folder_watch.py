"""What the supervisor does when its folder goes away or fills up."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tenfold.stack.runner import files, loop
from tenfold.stack.runner.lock import take_lock
from tests.stack.runner.test_loop import Stack, make_sleeper

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_stack_whose_folder_was_removed_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    (tmp_path / ".tenfold").mkdir()
    stack = Stack(tmp_path, make_sleeper("app-1"), lock=take_lock(tmp_path / ".tenfold"))

    async def story(stack: Stack) -> None:
        shutil.rmtree(stack.folder)
        await stack.until(lambda: stack.runner.supervisor.finished)

    assert stack.play(story).failed == ""
    assert f": stopping: {stack.folder} was removed or moved away" in stack.view.texts()
    assert not stack.folder.exists(), "nothing of it was made anew"


def test_a_full_disk_is_told_once_and_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    room = {"left": "the disk has 3 MiB left"}
    looks: list[Path] = []

    def look(folder: Path) -> str:
        looks.append(folder)
        return room["left"] if folder.name == "data" else ""

    monkeypatch.setattr(files, "warn_of_room", look)
    (tmp_path / ".tenfold").mkdir()
    stack = Stack(tmp_path, make_sleeper("app-1"), lock=take_lock(tmp_path / ".tenfold"))

    async def story(stack: Stack) -> None:
        await stack.until(lambda: len(looks) > 6)
        room["left"] = ""
        await stack.until(lambda: ": the disk has room again" in stack.view.texts())

    stack.play(story)
    assert len([text for text in stack.view.texts("error") if "3 MiB left" in text]) == 1
    assert "app-1: stopped" in stack.view.texts(), "it went on until it was stopped"
