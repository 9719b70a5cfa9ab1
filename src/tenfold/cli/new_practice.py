"""Write the file of a new practice inside a source checkout of Tenfold, to be filled in."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

NAME = "new-practice"
HELP = "write the file of a new practice (in a checkout of Tenfold)"

TEMPLATE = '''"""{title}.

FILL IN: why it costs at scale, with a figure and where it comes from.
Holds when FILL IN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="{title}",
    broken="FILL IN: the title when it is broken",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    needs=("settings",),
    links=(),
)


def check(project: Project) -> Iterator[Judgement]:
    for value in project.settings.possible("FILL_IN"):
        if value.value:
            yield practice.finding(
                value.where,
                "FILL IN: what is wrong here, with the names and values of this project.",
                remedy="FILL IN: the exact change to make",
                symbol="FILL_IN",
                proof=value.source,
            )


EXAMPLES = (
    Breaks({{"config/settings.py": "FILL_IN = True"}}, at="config/settings.py:1"),
    Holds({{"config/settings.py": "FILL_IN = False"}}),
    LooksAlike({{"config/settings_test.py": "FILL_IN = True"}}, because="only the tests use it"),
)
'''

REMAINS = """{path} is written. What remains:
  1. Fill in the page (its docstring), the titles, the impact and the check.
  2. Make the examples real: what breaks it, what holds, what looks alike. They are its tests:
     python -m pytest tests/practices -k "{id}"
  3. Raise the confidence from PREVIEW when findings on real projects were read by hand
     (95 % right for HIGH, 80 % for MEDIUM) and labelled in benchmarks/accuracy.
  4. Where a change can be written exactly, add fix(finding, project) with the values of
     tenfold.edits.model, and show its result in Breaks(..., fixed={{...}}).
Nothing is registered: the file is the practice, its page, its rule in every report and its test."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="TOPIC/NAME", help="its id, such as database/statement-timeout")


def run(arguments: argparse.Namespace) -> int:
    import tenfold

    home = Path(tenfold.__file__).parent / "practices"
    name = arguments.name
    path = practice_path(home, name)
    title = name.partition("/")[2].replace("-", " ").capitalize()
    try:
        _make_topic(path.parent)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE.format(title=title))
    except FileExistsError as error:
        raise TenfoldError(f"{name} exists already: {path}", next_step="Choose another name.") from error
    except OSError as error:
        raise TenfoldError(f"{path} cannot be written.", why=error.strerror or str(error)) from error
    _output.write(REMAINS.format(path=path, id=name))
    return 0


def _make_topic(folder: Path) -> None:
    """The folder of a topic that the catalogue names and no practice stands in yet."""
    if not folder.is_dir():
        folder.mkdir()
        (folder / "__init__.py").write_text(f'"""Practices about {folder.name}."""\n', encoding="utf-8")


def practice_path(home: Path, name: str) -> Path:
    """Where the practice's file belongs. Raises TenfoldError outside a checkout and for a wrong name."""
    from tenfold.practices.catalogue import rows

    if not (home.parents[2] / "pyproject.toml").is_file():
        raise TenfoldError(
            "Tenfold is installed here, not checked out.",
            why="A practice is a file of Tenfold's source.",
            next_step="Clone its repository, install it with `pip install -e .` and run this there.",
        )
    topic, _, short = name.partition("/")
    topics = {folder.name for folder in home.iterdir() if (folder / "__init__.py").is_file()}
    topics |= {row.topic for row in rows()}
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", short) or keyword.iskeyword(short):
        raise TenfoldError(
            f'"{name}" is no id of a practice.',
            next_step="Write it as topic/name, with small letters, digits and hyphens.",
        )
    if topic not in topics:
        raise TenfoldError(f'There is no topic "{topic}".', next_step=f"Topics: {', '.join(sorted(topics))}.")
    return home / topic / f"{short.replace('-', '_')}.py"
