"""Machines and work for the tests of sizing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.topology.model import Machine, Wishes, Work
from tenfold.topology.sizing import size

if TYPE_CHECKING:
    from tenfold.topology.model import Topology

GIB = 1024**3


def make_machine(cores: int = 4, *, gibibytes: float = 8, open_files: int = 65_536) -> Machine:
    return Machine(cores=cores, memory=int(gibibytes * GIB), open_files=open_files)


def sized(machine: Machine | None = None, work: Work | None = None, **wishes: Any) -> Topology:
    """A topology for four cores and a project with tasks, unless said otherwise."""
    return size(machine or make_machine(), work or Work(tasks=True), Wishes(**wishes))
