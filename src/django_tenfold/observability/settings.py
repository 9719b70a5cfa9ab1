"""The options of the block: `TENFOLD_OBSERVABILITY = {"slow_query_ms": 200}` in the settings file."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class ObservabilityOptions:
    """Every option with its default; times are in the unit that the name ends with."""

    request_id_header: str = option("X-Request-ID", "The header that carries the request id, in and out.")
    trust_request_id: bool = option(
        True, "Take the id that the edge sends. Off where clients reach the server without an edge."
    )


options: BlockOptions[ObservabilityOptions] = BlockOptions("TENFOLD_OBSERVABILITY", ObservabilityOptions)
