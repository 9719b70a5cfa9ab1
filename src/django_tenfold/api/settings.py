"""The options of the block, read from `TENFOLD_API`."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """What reads are made of where the call does not say."""

    encoder: str = option(
        "auto",
        'Who writes JSON: "orjson" or "json" (the standard library); "auto" takes orjson where it is installed.',
        choices=("auto", "orjson", "json"),
    )
    render: str = option(
        "rows",
        'How `render()` makes JSON: "rows" in this process, or "sql" in PostgreSQL, which takes two to three times the'
        " database's processor and next to nothing here.",
        choices=("rows", "sql"),
    )
    trusted_models: tuple[str, ...] = option(
        (),
        'Models ("shop.Review") whose own __init__, from_db or init signals change nothing that is read: their'
        " serializers of REST framework are compiled all the same.",
    )


options = BlockOptions("TENFOLD_API", ApiOptions)
