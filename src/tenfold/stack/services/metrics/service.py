"""The metrics: Prometheus with the exporters that are found, and alert rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed, Service
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = ()


def ports(wanted: Wanted) -> tuple[str, ...]:
    return ()


def plan(site: Site) -> Iterator[Service]:
    yield from ()
