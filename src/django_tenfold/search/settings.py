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
    engine_urls: tuple[str, ...] = option(
        (),
        "Nodes of an Elasticsearch or OpenSearch that keeps the documents, as `https://user:password@host:9200`; from"
        " the environment, since they hold secrets. Empty: the database of the model keeps them.",
    )
    engine_api_key: str = option("", "Sent to the nodes instead of user and password.")
    engine_ca_file: str = option(
        "",
        "Path of the certificates that the nodes are verified by; the system's if empty. There is no way round.",
    )
    engine_prefix: str = option("tenfold-search-", "What the names of its indexes begin with, one a site.")
    engine_seconds: float = option(
        5.0, "How long one try of a search waits for a node.", at_least=0.05, at_most=300
    )
    engine_tries: int = option(
        3,
        "How often a node that is down or busy (429, 502, 503, 504) is asked, the nodes in turn.",
        at_least=1,
        at_most=20,
    )
    engine_shards: int = option(1, "Primary shards of an index; 10 to 50 GB each is what suits.", at_least=1)
    engine_replicas: int = option(1, "Copies of each shard; 0 on a single node.", at_least=0)
    engine_refresh: str = option(
        "false",
        'When writes of the worker are seen: "false" within a second, "wait_for" before the worker goes on, "true" at'
        " once, for tests.",
        choices=("false", "wait_for", "true"),
    )
    engine_fallback: bool = option(
        False,
        "Keep the database's index too, and let it answer while the engine is down. Needs a rebuild when switched on.",
    )


options = BlockOptions("TENFOLD_SEARCH", SearchOptions)
