"""What one instance of the application server is told, whichever server it is: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.topology.model import AppSize, TimeoutLadder

FOLDER = "etc/app"
"""Below the stack's folder: what the instances are configured by."""
GRANIAN_PYTHON = (3, 10)
"""The oldest Python that the granian that Tenfold brings runs on."""
GRANIAN_LEAST = (2, 5)
"""The first granian that listens on a Unix socket and watches its workers' memory.
https://github.com/emmett-framework/granian/releases/tag/v2.5.0"""


@dataclass(frozen=True, slots=True)
class Serving:
    """One instance: where it listens, what it serves, its sizes."""

    name: str
    """ "app-1": names its files, its socket and its processes."""
    project: str
    target: str
    """ "tenfold_wsgi:application"."""
    size: AppSize
    timeouts: TimeoutLadder
    socket: str = ""
    """The absolute path of its Unix socket; "" for TCP."""
    host: str = "127.0.0.1"
    port: int = 0
    interface: str = "wsgi"
    version: tuple[int, ...] = ()
    """Of the server in the project's environment; () for the one that Tenfold brings."""
    configuration: str = ""
    """The absolute path of its configuration file."""
    wrapper: str = ""
    """The absolute path of tenfold_serving.py, which granian and uvicorn serve `target` through."""
    setproctitle: bool = False
    """Whether the process can be named."""
    statsd: str = ""
    """HOST:PORT of a statsd sink."""
    metrics_port: int = 0
    """Where it shows its own metrics to Prometheus, when it can."""

    @property
    def process_name(self) -> str:
        """What `ps` and `top` show: the project's and the instance's name."""
        return f"{self.project} {self.name}"

    @property
    def address(self) -> str:
        """Where it listens, for a person."""
        return self.socket or f"{self.host}:{self.port}"

    def knows(self, since: tuple[int, ...]) -> bool:
        """Whether the server that will run has what came with the version `since`."""
        return not self.version or self.version >= since


def read_version(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: "2.5.0rc1" -> (2, 5, 0); () for none."""
    numbers: list[int] = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
