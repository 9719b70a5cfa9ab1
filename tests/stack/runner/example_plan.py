"""Small plans for tests of the runner."""

from __future__ import annotations

import sys
from typing import Any

from tenfold.stack.plan import StackPlan, sort_services
from tenfold.stack.service import Command, Ends, Says, Service, Step


def make_service(name: str, *needs: str, **changes: Any) -> Service:
    """A server that is never really run."""
    given: dict[str, Any] = {
        "name": name,
        "kind": name.rpartition("-")[0] or name,
        "title": name,
        "command": Command(("serve", name)),
        "ready": Says("ready"),
        "needs": needs,
    }
    return Service(**{**given, **changes})


def make_command(name: str, *needs: str, **changes: Any) -> Service:
    """A command that runs to its end."""
    return make_service(name, *needs, ready=Ends(), **changes)


def make_step(name: str, **changes: Any) -> Step:
    return Step(**{"name": name, "command": Command(("make", name)), "done": f"data/{name}.done", **changes})


def make_plan(*services: Service, folder: str = "/srv/shop/.tenfold") -> StackPlan:
    return StackPlan(
        name="shop",
        root="/srv/shop",
        folder=folder,
        url="https://localhost:20443/",
        services=sort_services(services),
    )


def make_shop_plan() -> StackPlan:
    """Database with a replica, a migration, two applications, an edge, and mail that nothing needs."""
    return make_plan(
        make_service("postgres", steps=(make_step("initdb"),)),
        make_service("replica-1", "postgres", essential=False),
        make_command("migrate", "postgres", done=("data/migrate.done", "1")),
        make_service("app-1", "postgres", "migrate"),
        make_service("app-2", "postgres", "migrate"),
        make_service("edge", "app-1", "app-2"),
        make_service("mail", essential=False),
    )


def run_python(code: str) -> Command:
    """A real process."""
    return Command((sys.executable, "-c", code))
