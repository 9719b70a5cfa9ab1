"""The options of the block, read from `TENFOLD_CACHE`."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class CacheOptions:
    """What is watched, and how long things last."""

    models: tuple[str, ...] = option(
        (),
        'Models ("shop.Product") of which something is cached: each change of their tables takes back what shows'
        " it. Automatic tables of ManyToManyFields count as models (`shop.product_tags`).",
    )
    alias: str = option("default", "The entry of CACHES that entries and their tags are kept in.")
    jitter: float = option(
        0.1,
        "Share by which each lifetime is shortened at random: what was filled together does not expire together.",
        at_least=0,
        at_most=0.9,
    )
    computing_seconds: float = option(
        10.0, "How long one computation may keep others from starting their own.", at_least=0.1
    )
    wait_seconds: float = option(
        2.0, "How long others wait for that computation before they compute too.", at_least=0
    )
    write_seconds: float = option(
        10.0,
        "How long a tag stays closed for a transaction that wrote what it stands for and neither committed nor"
        " rolled back. Longer transactions are safe too, unless their process dies right after the commit.",
        at_least=1,
    )
    settle_seconds: float = option(
        0.0,
        "How long after a commit nothing that shows it is cached. The greatest lag of a replica, where pages"
        " are made from replicas.",
        at_least=0,
    )
    rest_seconds: float = option(
        5.0, "How long a server that failed is not asked again by the process.", at_least=0.1
    )
    timeout_seconds: float = option(
        0.25,
        "Seconds to connect, and for an answer, where the OPTIONS of the cache name none.",
        at_least=0.01,
    )
    release: str = option(
        "",
        "Names the release of the project. Pages and ETags that another release made are not used: what templates and"
        " code make of the same rows is new with each.",
    )
    front_bytes: int = option(
        32 * 2**20,
        "Memory of each process for answers that `answer_cached_pages` gives before Django. 0: it gives none.",
        at_least=0,
    )
    passed_middleware: tuple[str, ...] = option(
        (),
        "Middleware before PageCacheMiddleware, beyond those of Django that are known, that `answer_cached_pages` may"
        " leave out for a page that was answered once: it refuses nobody by who asks, and what it adds depends on"
        " host, path and on headers that `Vary` names.",
    )
    edge_header: str = option(
        "",
        "Header in which the tags of a cached page go to Varnish (xkey), Fastly (Surrogate-Key) or Cloudflare"
        " (Cache-Tag).",
        choices=("", "Surrogate-Key", "Cache-Tag", "xkey"),
    )
    edge_purger: str = option(
        "",
        "The function that tells caches before the site which tags changed: `purge_varnish`, `purge_fastly` or"
        " `purge_cloudflare` of `django_tenfold.cache.edge_purgers`, or one of the project, by its dotted path. It"
        " takes a tuple of text and raises an error when the edge does not confirm.",
    )
    edge_url: str = option("", "Where these three send what to purge.")
    edge_token: str = option(
        "", "The token of the API of Fastly or Cloudflare. Read it from the environment."
    )


options = BlockOptions("TENFOLD_CACHE", CacheOptions)
