"""Run a Django project, unedited, on the topology of production: nginx, application servers, pooler,
PostgreSQL with a replica that lags on request, Valkey, task workers.

Everything is made below PROJECT/.tenfold; no file of the project is changed. --plan shows first what
would run, every number with its reason, and what the project is given in place of its own settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from tenfold.config import Config
    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.launching import Ready
    from tenfold.stack.runner.preparing import Wish

NAME = "up"
HELP = "run the project on its production topology"
RETRIES = 2
"""Two stacks that start at once choose the same ports; the third time is somebody's who takes them all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the project (default: here)")
    parser.add_argument(
        "--plan", action="store_true", help="show what would run, with reasons; write and start nothing"
    )
    parser.add_argument("--json", action="store_true", help="with --plan: one JSON object")
    parser.add_argument(
        "--detach", "-d", action="store_true", help="return when it is up; `tenfold down` stops it"
    )
    parser.add_argument("--no-view", action="store_true", help="lines of the logs in place of the live view")
    _add_project_options(parser)
    _add_stack_options(parser)


def _add_project_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the project")
    group.add_argument("--settings", metavar="MODULE", help="the settings module of production")
    group.add_argument("--python", metavar="FILE", help="the project's interpreter")
    group.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an environment variable for the project; repeat",
    )
    group.add_argument("--keep-database", action="store_true", help="leave DATABASES as the project has it")
    group.add_argument(
        "--with-data", action="store_true", help="carry the rows of its SQLite file over to PostgreSQL"
    )
    group.add_argument(
        "--fixture", action="append", metavar="NAME", help="a fixture to load once after migrate; repeat"
    )


def _add_stack_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the stack")
    group.add_argument("--server", metavar="NAME", help="auto, gunicorn, granian or uvicorn")
    group.add_argument("--workers", type=_count, metavar="N", help="worker processes of the application")
    group.add_argument("--threads", type=_count, metavar="N", help="threads of one worker")
    group.add_argument("--pooler", metavar="NAME", help="auto, pgbouncer, pool (Django's own) or persistent")
    group.add_argument(
        "--replicas", type=int, metavar="N", help="streaming replicas of PostgreSQL (default: 1)"
    )
    group.add_argument(
        "--lag", metavar="TIME", help='how much later they apply what was committed: "2s", "500ms"'
    )
    group.add_argument(
        "--with", dest="with_", action="append", metavar="SERVICE",
        help="also run varnish, dashboard, metrics or storage; repeat",
    )  # fmt: skip
    group.add_argument(
        "--without",
        action="append",
        metavar="SERVICE",
        help="leave out mail, worker, scheduler, replica, ...; repeat",
    )
    group.add_argument(
        "--http-port",
        type=int,
        metavar="PORT",
        help="for plain HTTP, which redirects (8080 when free)",
    )
    group.add_argument("--https-port", type=int, metavar="PORT", help="for HTTPS (8443 when free)")
    group.add_argument(
        "--wheels", action="store_true", help="take servers from wheels even where the machine has them"
    )


def run(arguments: argparse.Namespace) -> int:
    from tenfold.config import load_config

    root = Path(arguments.path)
    wish = make_wish(arguments, load_config(root) if root.is_dir() else None)
    if arguments.plan:
        return _show(wish, as_json=arguments.json)
    if arguments.json:
        raise TenfoldError("--json goes with --plan.", next_step="`tenfold status --json` tells what runs.")
    return _start(wish, detached=arguments.detach, view=not arguments.no_view)


def _start(wish: Wish, *, detached: bool, view: bool) -> int:
    from tenfold.stack.runner import launching
    from tenfold.stack.runner.lock import Claim
    from tenfold.stack.runner.preparing import prepare

    if detached:
        return _start_detached(wish)
    claim = Claim()
    with _output.progress(quiet=False) as progress:
        plan_file = prepare(wish, keep=True, progress=progress, claim=claim).write(progress)
    live = view and _output.is_terminal()
    return launching.take_over(plan_file, view="live" if live else "lines", lock=claim.descriptor)


def _start_detached(wish: Wish) -> int:
    with _output.progress(quiet=False) as progress:
        plan, came_up = _try_detached(wish, progress, again=RETRIES)
    for line in came_up.warnings:
        _output.note(line)
    _output.write(
        f"{plan.name} is up after {came_up.seconds:.1f} s: {plan.url}\n"
        "`tenfold status` shows its services, `tenfold logs -f` what they say, `tenfold down` stops it."
    )
    return 0


def _try_detached(wish: Wish, progress: Callable[[str], None], *, again: int) -> tuple[StackPlan, Ready]:
    """Plans and starts; anew with other ports where one was taken between the two."""
    from tenfold.stack.runner import launching
    from tenfold.stack.runner.lock import Claim
    from tenfold.stack.runner.ports import TAKEN
    from tenfold.stack.runner.preparing import prepare

    claim = Claim()
    prepared = prepare(wish, keep=True, progress=progress, claim=claim)
    plan_file = prepared.write(progress)
    progress("Starting " + ", ".join(one.name for one in prepared.plan.services))
    try:
        return prepared.plan, launching.detach(plan_file, lock=claim.descriptor)
    except TenfoldError as error:
        # A server that lost the race says it in its own words: musl's, then glibc's.
        if not again or not any(
            word in error.why for word in (TAKEN, "Address in use", "Address already in use")
        ):
            raise
    progress("Another process has taken a port meanwhile: others are chosen")
    return _try_detached(wish, progress, again=again - 1)


def make_wish(arguments: argparse.Namespace, config: Config | None) -> Wish:
    """What the command line and the configuration ask for together."""
    from dataclasses import replace

    from tenfold.cli import _project
    from tenfold.config import FEWER_SERVICES, MORE_SERVICES, POOLERS, SERVERS, Config, override_config
    from tenfold.stack.runner.preparing import Wish

    _refuse_unknown("--server", [arguments.server] if arguments.server is not None else (), SERVERS)
    _refuse_unknown("--pooler", [arguments.pooler] if arguments.pooler is not None else (), POOLERS)
    _refuse_unknown("--with", arguments.with_ or (), MORE_SERVICES)
    _refuse_unknown("--without", arguments.without or (), FEWER_SERVICES)
    config = config or Config()
    given = {
        name: getattr(arguments, name)
        for name in ("server", "pooler", "workers", "threads", "replicas", "http_port", "https_port", "lag")
        if getattr(arguments, name) is not None
    }
    up = replace(
        config.up,
        **given,
        database="keep" if arguments.keep_database else config.up.database,
        services=(*config.up.services, *(arguments.with_ or ())),
        without=(*config.up.without, *(arguments.without or ())),
        fixtures=tuple(arguments.fixture) if arguments.fixture else config.up.fixtures,
        environment={**config.up.environment, **dict(map(_split, arguments.env))},
    )
    root = Path(arguments.path)
    return Wish(
        root=root,
        config=replace(override_config(config, settings=arguments.settings, python=arguments.python), up=up),
        lag=_lag_seconds(up.lag),
        with_data=arguments.with_data,
        wheels=True if arguments.wheels else None,
        cache=_project.cache_folder(root),
    )


def _refuse_unknown(option: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    for one in given:
        if one not in known:
            raise TenfoldError(f"{option} {one}: there is none.", next_step=f"One of {', '.join(known)}.")


def _count(text: str) -> int:
    """A whole number above 0, for argparse."""
    from argparse import ArgumentTypeError

    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)


def _split(given: str) -> tuple[str, str]:
    name, separator, value = given.partition("=")
    if not separator or not name:
        raise TenfoldError(f"--env {given} sets nothing.", next_step="Write it as --env NAME=VALUE.")
    return name, value


def _lag_seconds(text: str) -> float:
    from tenfold.topology.timeouts import parse_seconds

    seconds = parse_seconds(text)
    if seconds is None or seconds < 0:
        raise TenfoldError(f'"{text}" is no lag.', next_step="Write a time: --lag 2s, --lag 500ms, or 0.")
    return seconds


def _show(wish: Wish, *, as_json: bool) -> int:
    import json
    import shutil

    from tenfold.stack.plan_text import describe_plan, plan_data
    from tenfold.stack.runner.preparing import prepare

    with _output.progress(quiet=as_json) as progress:
        plan = prepare(wish, keep=False, progress=progress).plan
    if as_json:
        _output.write(json.dumps(plan_data(plan), indent=2))
    else:
        _output.write("\n".join(describe_plan(plan, width=shutil.get_terminal_size((100, 24)).columns)))
    return 0
