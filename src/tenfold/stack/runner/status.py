"""What a running stack is doing at one moment, as data: the answer to "status", and what the view shows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service. `state` is a value of `states.State`."""

    name: str
    kind: str
    title: str
    state: str
    since: float = 0.0
    """When the state began: seconds since 1970."""
    pid: int = 0
    """The leader's process id, 0 when nothing runs."""
    address: str = ""
    run: int = 0
    """How many times it was begun: a restart is over when this has grown and the state is ready."""
    restarts: int = 0
    """Times that it was started again by itself, after it had ended."""
    why: str = ""
    """Why it is in back-off or has failed."""
    essential: bool = True


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The whole stack."""

    name: str
    folder: str
    """The stack's folder, absolute."""
    url: str
    state: str
    """ "starting", "running", "degraded" (something essential is not ready any more) or "stopping"."""
    since: float
    pid: int
    """The supervisor's."""
    services: tuple[ServiceStatus, ...]


def encode_status(status: StackStatus) -> dict[str, Any]:
    """Plain values for JSON."""
    return asdict(status)


def decode_status(data: Mapping[str, Any]) -> StackStatus:
    """The status out of an answer; keys that this version does not know are left out."""
    services = tuple(ServiceStatus(**_known(ServiceStatus, one)) for one in data.get("services", ()))
    return StackStatus(**{**_known(StackStatus, data), "services": services})


def _known(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in data.items() if name in names}
