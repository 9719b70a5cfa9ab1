"""Make a new Django project that is ready for production: every practice held, every block on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output

if TYPE_CHECKING:
    import argparse

NAME = "new"
HELP = "make a new Django project, ready for production"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="its package, such as bazaar")
    parser.add_argument("--directory", metavar="DIR", help="where to (default: a folder of that name)")


def run(arguments: argparse.Namespace) -> int:
    from tenfold.scaffold.rendering import render_project

    folder = Path(arguments.directory or arguments.name)
    for file in render_project(arguments.name):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
        path.chmod(file.mode)
    _output.write(f"{folder} is made.")
    return 0
