"""The options of the block, read from `TENFOLD_DB`."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class DbOptions:
    """What batches are made of where the call does not say."""

    batch_rows: int = option(
        1_000,
        "Rows of one batch. A batch is one statement: it holds the locks of so many rows for as long as it runs.",
        at_least=1,
        at_most=100_000,
    )
    batch_share: float = option(
        0.5,
        "Share of the time that batches may be at work, above 0; at 0.5 each is followed by a pause as long as"
        " itself took. 1 means no pause.",
        at_least=0.01,
        at_most=1,
    )
    batch_tries: int = option(
        5,
        "How often a batch is tried that met a lock, a deadlock or a serialisation failure, before it is given up.",
        at_least=1,
    )
    derived_fields: tuple[str, ...] = option(
        (),
        "Dotted paths of the `CopiedField` and `AggregatedField` objects that `manage.py derived_fields` and the checks"
        " look after.",
    )
    ingest_rows: int = option(
        50_000,
        "Rows of a file that `ingest` loads in one transaction; less when they are long.",
        at_least=1,
        at_most=1_000_000,
    )
    ingest_row_bytes: int = option(
        2_097_152,
        "Bytes that a row of a file may have; a longer one is rejected. `ingest` holds a small multiple of it.",
        at_least=1_024,
    )
    ingest_max_rejects: int | None = option(
        1_000,
        "Rows that `ingest` may leave out before it stops; None for any number.",
        at_least=0,
    )
    counters: tuple[str, ...] = option(
        (),
        "Dotted paths of the `Counter` objects that `manage.py counters` folds, verifies and repairs.",
    )


options = BlockOptions("TENFOLD_DB", DbOptions)
