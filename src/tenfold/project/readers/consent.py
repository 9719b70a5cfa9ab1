"""Whether a project's code may be run, remembered per project outside of it."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOT_ASKED = "the project was not run: say --probe to let it tell its resolved settings, URLs and models"
REFUSED = "the project was not run: you said no (--probe runs it after all)"
DECLINED = "the project was not run (--no-probe)"


def state_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where answers are kept: XDG_STATE_HOME/tenfold/probe.json."""
    given = environment.get("XDG_STATE_HOME", "")
    home = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return home / "tenfold" / "probe.json"


def recall_consent(root: Path, *, file: Path | None = None) -> bool | None:
    """The remembered answer for the project at `root`, None when it was never asked."""
    answer = _read(file or state_file()).get(str(root.resolve()))
    return {"yes": True, "no": False}.get(answer) if isinstance(answer, str) else None


def remember_consent(root: Path, *, yes: bool, file: Path | None = None) -> None:
    """Keeps the answer. Raises OSError when the state folder cannot be written."""
    path = file or state_file()
    answers = {**_read(path), str(root.resolve()): "yes" if yes else "no"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as new:
        json.dump(answers, new, indent=1, sort_keys=True)
    Path(new.name).replace(path)


def settle_consent(
    root: Path,
    *,
    wanted: bool | None,
    ask: Callable[[], bool | None] | None = None,
    file: Path | None = None,
) -> tuple[bool, str]:
    """(whether the project may be run, why not).

    `wanted` is --probe or --no-probe, for this run alone; None decides by the remembered answer, else
    by `ask` (whose answer is remembered, None being none), else no: without a person to ask nothing is
    run.
    """
    if wanted is not None:
        return wanted, "" if wanted else DECLINED
    remembered = recall_consent(root, file=file)
    if remembered is not None:
        return remembered, "" if remembered else REFUSED
    if ask is None:
        return False, NOT_ASKED
    yes = ask()
    if yes is None:
        return False, NOT_ASKED
    with suppress(OSError):
        # An answer that cannot be kept counts for this run, and is asked for again at the next.
        remember_consent(root, yes=yes, file=file)
    return yes, "" if yes else REFUSED


def _read(path: Path) -> dict[str, object]:
    """Remembered answers; a file that is absent or spoilt holds none, so the person is asked again."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
