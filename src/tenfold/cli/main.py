"""The `tenfold` command: finds the verbs, runs one, turns what goes wrong into a message and an exit code.

Exit codes: 0 clean, 1 findings, 2 usage or a project that cannot be used, 3 a fault of Tenfold,
130 interrupted, 141 the reader of standard output went away.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pkgutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import tenfold
from tenfold import cli
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

USAGE, INTERNAL, INTERRUPTED, PIPE_CLOSED = 2, 3, 130, 141


def find_verbs() -> dict[str, ModuleType]:
    """Every verb by name: the modules of this package that are neither private nor `main`."""
    names = sorted(info.name for info in pkgutil.iter_modules(cli.__path__))
    modules = [
        importlib.import_module(f"{cli.__name__}.{name}")
        for name in names
        if not name.startswith("_") and name != "main"
    ]
    return {module.NAME: module for module in modules}


def build_parser(verbs: dict[str, ModuleType]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tenfold",
        description="Judge a Django project against the practices of production at scale, mend it, and run it.",
        epilog="`tenfold VERB --help` shows the options of a verb.",
    )
    parser.add_argument("--version", action="version", version=f"tenfold {tenfold.__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    for one in (parser, shared):
        one.add_argument(
            "--debug",
            action="store_true",
            default=argparse.SUPPRESS,
            help="show the traceback of a fault of Tenfold",
        )
    actions = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for name, module in verbs.items():
        verb = actions.add_parser(name, help=module.HELP, description=module.__doc__, parents=[shared])
        verb.formatter_class = argparse.RawDescriptionHelpFormatter
        module.add_arguments(verb)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with _uncollected():
            code = _run(given)
        sys.stdout.flush()
    except TenfoldError as error:
        _say(error)
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("\ntenfold: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return PIPE_CLOSED
    except SystemExit as error:  # argparse, after its own message
        return error.code if isinstance(error.code, int) else USAGE
    except Exception as error:
        _say_fault(error, debug="--debug" in given)
        return INTERNAL
    return code


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection: facts have no cycles and live to the end of the command, so walking them
    again and again finds nothing (a quarter of a warm audit of 850 kLOC)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor a last walk when the interpreter ends
        if collecting:
            gc.enable()


def _run(given: list[str]) -> int:
    verbs = find_verbs()
    _refuse_unknown(given, verbs)
    parser = build_parser(verbs)
    parsed = parser.parse_args(given)
    if parsed.verb is None:
        parser.print_help()
        return 0
    code = verbs[parsed.verb].run(parsed)
    assert isinstance(code, int)
    return code


def _refuse_unknown(given: list[str], verbs: dict[str, ModuleType]) -> None:
    verb = next((word for word in given if not word.startswith("-")), None)
    if verb is None or verb in verbs:
        return
    from difflib import get_close_matches

    close = get_close_matches(verb, verbs, n=1, cutoff=0.5)
    hint = f'Did you mean "{close[0]}"?' if close else f"Verbs: {', '.join(verbs)}."
    raise TenfoldError(f'"{verb}" is no verb of tenfold.', next_step=hint)


def _say(error: TenfoldError) -> None:
    first, *rest = str(error).split("\n")
    sys.stderr.write("\n".join([f"tenfold: {first}", *(f"  {line}" for line in rest)]) + "\n")


def _say_fault(error: Exception, *, debug: bool) -> None:
    if debug:
        import traceback

        traceback.print_exception(error)
        return
    sys.stderr.write(
        f"tenfold: a fault of Tenfold, not yours: {type(error).__name__}: {error}\n"
        "  Please report it with what the same command shows with --debug.\n"
    )


def _discard_output() -> None:
    """Python flushes standard output at exit; a closed pipe would then fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        return
    finally:
        os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
