"""The service folders, found by walking `tenfold.stack.services`: nothing is registered anywhere."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Protocol

from tenfold.stack import services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed, Service
    from tenfold.stack.site import Site, Wanted


class ServiceFolder(Protocol):
    """What the `service.py` of each folder holds."""

    __name__: str
    __doc__: str
    NEEDS: tuple[BinaryNeed, ...]

    def ports(self, wanted: Wanted) -> tuple[str, ...]: ...

    def plan(self, site: Site) -> Iterator[Service]: ...


@cache
def service_folders() -> dict[str, ServiceFolder]:
    """Folder name -> its `service` module, in the order of their names."""
    names = sorted(info.name for info in pkgutil.iter_modules(services.__path__) if info.ispkg)
    return {name: importlib.import_module(f"{services.__name__}.{name}.service") for name in names}


def binary_needs() -> tuple[BinaryNeed, ...]:
    """Every program that some service runs, each once."""
    found = {need.name: need for folder in service_folders().values() for need in folder.NEEDS}
    return tuple(found.values())


def port_names(wanted: Wanted) -> tuple[str, ...]:
    """Every TCP port that the wanted services listen on, each once."""
    names = (name for folder in service_folders().values() for name in folder.ports(wanted))
    return tuple(dict.fromkeys(names))


def plan_services(site: Site) -> tuple[Service, ...]:
    """What every folder plans for a site, unsorted."""
    return tuple(service for folder in service_folders().values() for service in folder.plan(site))
