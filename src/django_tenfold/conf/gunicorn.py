"""After how many seconds gunicorn ends a request, where its arguments say so."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def find_timeout(
    environ: Mapping[str, str] | None = None, arguments: Sequence[str] | None = None
) -> float | None:
    """The last `--timeout` of GUNICORN_CMD_ARGS and, when this is gunicorn itself, of the command line.
    https://docs.gunicorn.org/en/stable/settings.html#settings"""
    told = sys.argv if arguments is None else arguments
    text = (os.environ if environ is None else environ).get("GUNICORN_CMD_ARGS", "")
    try:
        words = shlex.split(text)
    except ValueError:  # an open quote: gunicorn itself refuses it
        return None
    if told and PurePath(told[0]).name == "gunicorn":
        words += told[1:]
    found = None
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in ("-t", "--timeout"):
            given = value if equals else "".join(words[number + 1 : number + 2])
            found = float(given) if given.isdigit() else found
    return found or None
