"""Runs a planned stack: `python -m tenfold.stack.runner PLAN.json [--view none|lines|live] [--ready-fd N]`.

Exit code 0: it was stopped; 1: it could not be started; 2: it was refused (another one runs, a spoilt plan);
130: it was interrupted before anything was started.
With --ready-fd one JSON object is written to that descriptor when the stack is ready or has failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.errors import TenfoldError
from tenfold.stack.plan_file import decode_plan
from tenfold.stack.runner.children import check_namespace
from tenfold.stack.runner.journal import Journal
from tenfold.stack.runner.live_view import LiveView
from tenfold.stack.runner.lock import hold_lock, is_in_place
from tenfold.stack.runner.loop import Runner, remove_sockets
from tenfold.stack.runner.ports import TAKEN
from tenfold.stack.runner.printer import Printer
from tenfold.stack.runner.recovery import stop_leftovers
from tenfold.stack.runner.view_protocol import Line, NoView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.view_protocol import View

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STRAYS = 2.0
"""Seconds that processes which left their service's session have to end, once the stack has stopped."""


class ReadyLine:
    """The descriptor that a detaching parent waits at. Told once; then it is closed."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        if descriptor is not None:
            os.set_inheritable(descriptor, False)

    def tell(self, **message: Any) -> None:
        if self._descriptor is None:
            return
        with suppress(OSError):  # the parent need not wait
            os.write(self._descriptor, json.dumps(message).encode() + b"\n")
            os.close(self._descriptor)
        self._descriptor = None


def run_plan(plan: StackPlan, view: View, ready: ReadyLine, *, follow: bool, lock: int | None = None) -> int:
    """Run the stack until it is stopped. Raises TenfoldError when it cannot be begun."""
    folder = Path(plan.folder)
    with hold_lock(folder, lock) as held:
        check_namespace(plan.services)
        if found := stop_leftovers(folder):
            view.say(Line("", f"stopped {len(found)} processes that an earlier run had left", "warning"))
        runner = Runner(
            plan,
            view,
            ready=lambda seconds: ready.tell(ready=True, seconds=seconds, warnings=runner.warnings),
            follow=follow,
            adopt=True,
            lock=held,
        )
        finish = asyncio.run(runner.run())
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)  # what is left to do takes no time, and must be done
        if is_in_place(held, folder):  # otherwise what is there now is another stack's
            stop_leftovers(folder, polite=STRAYS, adopted=True)
            remove_sockets(plan)
        if finish.failed:
            why = "\n".join((finish.why, *runner.failure))
            next_step = f"`tenfold logs {finish.failed}` shows all that it said; what is on disk is kept."
            if TAKEN in finish.why:  # since the plan was made
                next_step = "Start again: another port is chosen, unless this one is set."
            ready.tell(ready=False, what=f"{finish.failed} failed.", why=why, next_step=next_step)
            view.say(Line("", f"not started: {finish.failed} failed: {finish.why}", "error"))
            return 1
        view.say(Line("", "stopped"))
        ready.tell(ready=False, what="The stack was stopped before it was ready.", why="", next_step="")
    return 0


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tenfold.stack.runner")
    parser.add_argument("plan", type=Path, metavar="PLAN.json")
    parser.add_argument("--view", choices=("none", "lines", "live"), default="lines")
    parser.add_argument("--ready-fd", type=int, default=None, metavar="N")
    parser.add_argument("--lock-fd", type=int, default=None, metavar="N", help="holds the folder's lock")
    given = parser.parse_args(words)
    ready = ReadyLine(given.ready_fd)
    try:
        plan = decode_plan(read_plan(given.plan))
        folder = Path(plan.folder)
        (folder / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        shown = Journal(folder, choose_view(given.view, plan))
        try:
            return run_plan(plan, shown, ready, follow=given.view == "lines", lock=given.lock_fd)
        finally:
            shown.close()
    except TenfoldError as error:
        ready.tell(ready=False, what=error.what, why=error.why, next_step=error.next_step)
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130  # before anything of the stack was started; as a shell tells an interrupt


def choose_view(name: str, plan: StackPlan) -> View:
    """What shows the stack: "none", "lines" or "live"."""
    if name == "none":
        return NoView()
    printer = Printer([one.name for one in plan.services], sys.stdout)
    return LiveView(Path(plan.folder), printer) if name == "live" else printer


def read_plan(path: Path) -> str:
    """The plan's text. Raises TenfoldError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TenfoldError(
            f"{path} cannot be read.", why=error.strerror or str(error), next_step="`tenfold up` writes it."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
