"""The engine that the settings name. One transport a process: it keeps connections open."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django_tenfold.search.engine.engine_backend import EngineBackend
from django_tenfold.search.engine.fallback import FallbackBackend, Pause
from django_tenfold.search.engine.transport import Transport, read_node

if TYPE_CHECKING:
    from django_tenfold.search.backend import SearchBackend
    from django_tenfold.search.settings import SearchOptions


def connect_engine(chosen: SearchOptions, database: SearchBackend) -> SearchBackend:
    """Raises ImproperlyConfigured for an address that is none."""
    transport, pause = _keep_transport(
        chosen.engine_urls,
        chosen.engine_api_key,
        ca_file=chosen.engine_ca_file,
        seconds=chosen.engine_seconds,
        tries=chosen.engine_tries,
    )
    engine = EngineBackend(
        transport, chosen.engine_prefix, chosen.engine_shards, chosen.engine_replicas, chosen.engine_refresh
    )
    return FallbackBackend(engine, database, pause) if chosen.engine_fallback else engine


@cache
def _keep_transport(
    urls: tuple[str, ...], api_key: str, *, ca_file: str, seconds: float, tries: int
) -> tuple[Transport, Pause]:
    nodes = tuple(read_node(url, api_key) for url in urls)
    return Transport(nodes, seconds, tries, ca_file), Pause()
