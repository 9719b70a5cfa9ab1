"""Standard output, standard error and files, for every verb."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def write(text: str) -> None:
    """To standard output, ending in one line end; characters it cannot show are replaced."""
    text = text if text.endswith("\n") or not text else text + "\n"
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))


def note(text: str) -> None:
    """A message beside the report, to standard error."""
    sys.stderr.write(text.rstrip("\n") + "\n")


def write_file(path: Path, text: str) -> None:
    """To a file that the person named; its folder must exist."""
    refuse_missing_folder(path)
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise TenfoldError(
            f"{path} cannot be written.", why=error.strerror or str(error), next_step="Name another file."
        ) from error


def refuse_missing_folder(path: Path) -> None:
    """Raises TenfoldError when the file's folder is not there: asked before a long run, not after it."""
    if not path.absolute().parent.is_dir():
        raise TenfoldError(
            f"{path} cannot be written: there is no folder {path.parent}.",
            next_step="Make the folder, or name another file.",
        )


def width() -> int:
    """Columns for text: the terminal's, between 60 and 120; 100 when there is none."""
    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))


def is_colour_wanted() -> bool:
    """Only on a terminal, and not when NO_COLOR is set (https://no-color.org)."""
    import os

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def colour_diff(diff: str) -> str:
    """A diff with colours on a terminal, control characters of the project's files made visible."""
    if not is_colour_wanted():
        return diff
    from tenfold.report.parts.plain import clean_text

    colours = {"+": "32", "-": "31", "@": "36"}
    lines = []
    for line in clean_text(diff).split("\n"):
        colour = "1" if line.startswith(("---", "+++")) else colours.get(line[:1], "")
        lines.append(f"\x1b[{colour}m{line}\x1b[0m" if colour else line)
    return "\n".join(lines)


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Says what is being done, on standard error and only on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Reading") as status:
        yield lambda text: status.update(text)
