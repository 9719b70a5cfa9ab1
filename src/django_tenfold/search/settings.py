"""The options of the block, read from `TENFOLD_SEARCH`."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What is indexed, and how much one search or one batch may cost."""

    indexes: tuple[str, ...] = option(
        (),
        "Dotted paths of the `SearchIndex` classes that are fed, and that `manage.py search_index` works on.",
    )
    ranked_rows: int = option(
        2_000,
        "Rows that one search ranks and counts at most. A word that half of the rows contain costs no more than so"
        ' many; the total then says that it is capped ("2,000+").',
        at_least=100,
        at_most=1_000_000,
    )
    page_rows: int = option(100, "The largest `limit` of a page that is given.", at_least=1, at_most=10_000)
    query_characters: int = option(
        200,
        "Characters of a visitor's words that are looked at; the rest is cut off.",
        at_least=1,
        at_most=10_000,
    )
    batch_rows: int = option(
        500,
        "Rows that a batch of the worker, of a rebuild or of a verification reads.",
        at_least=1,
        at_most=50_000,
    )
    poll_seconds: float = option(
        1.0, "How long `search_index update --follow` waits when nothing has changed.", at_least=0.05
    )


options = BlockOptions("TENFOLD_SEARCH", SearchOptions)
