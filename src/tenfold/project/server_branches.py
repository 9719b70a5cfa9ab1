"""Settings that depend on the server, settled by the servers that production starts.

`env.databases()` of django_tenfold.conf keeps connections in one way under threads and in another under an event
loop. The evaluator leaves both sides, on a branch that has this very test; here the side that is not taken goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.settings_values import MISSING, Choice, Entries, Listed, describe_branches

if TYPE_CHECKING:
    from tenfold.project.servers import AppServer, Servers
    from tenfold.project.settings import Settings

SERVER_TEST = "the server runs an event loop"


def settle_server(settings: Settings, servers: Servers) -> Settings:
    """The settings as the servers have them; unchanged when there are none, or of both kinds."""
    kinds = {_runs_loop(app) for app in servers.serving()}
    if len(kinds) != 1 or None in kinds:
        return settings
    (taken,) = kinds
    values = {
        name: tuple(replace(one, value=_settle(one.value, bool(taken))) for one in found)
        for name, found in settings.values.items()
    }
    return replace(settings, values=values)


def _runs_loop(app: AppServer) -> bool | None:
    """Whether threads do not keep their connections; None when it cannot be told."""
    if app.kind == "granian":
        interface = app.likely("interface")
        return None if interface is None else "wsgi" not in str(interface.value)
    return {"asgi": True, "green": True, "sync": False, "threads": False}.get(app.concurrency)


def _settle(value: object, taken: bool) -> object:
    if isinstance(value, Choice):
        return _choose(value, taken)
    if isinstance(value, Entries):
        inner = {key: _settle(part, taken) for key, part in value.items()}
        inner = {key: part for key, part in inner.items() if part is not MISSING}
        return Entries(inner, places=value.places, open=value.open, origin=value.origin)
    if isinstance(value, Listed):
        parts = (_settle(part, taken) for part in value)
        return Listed(parts, places=value.places, open=value.open, origin=value.origin)
    return value


def _choose(choice: Choice, taken: bool) -> object:
    kept = []
    for option in choice.options:
        sides = {branch.taken for branch in option.branches if branch.test == SERVER_TEST}
        if sides and taken not in sides:
            continue
        rest = tuple(branch for branch in option.branches if branch.test != SERVER_TEST)
        inner = _settle(option.value, taken)
        kept.append(replace(option, value=inner, branches=rest, condition=describe_branches(rest)))
    if len(kept) == 1 and not kept[0].branches:
        return kept[0].value
    return Choice(tuple(kept))
