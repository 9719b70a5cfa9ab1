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
    compress: tuple[str, ...] = option(
        ("zstd", "br", "gzip"),
        "Encodings that CompressionMiddleware may use, the one to prefer first; what is not installed is left out.",
    )
    compress_from: int = option(
        1_024, "Bytes of the smallest body that is compressed; streams always are.", at_least=0
    )
    compress_padding: int = option(
        100,
        "Bytes that are added at most, at random, so that the length of an answer tells less of the secrets in it"
        " (BREACH); 0 for none.",
        at_least=0,
        at_most=256,
    )
    compress_forms: bool = option(
        True,
        "Whether answers are compressed for which a CSRF token was made; False closes BREACH for pages with forms.",
    )
    compress_memory: int = option(
        8_000_000,
        "Bytes of answers for everyone, plain and compressed, that each process remembers; 0 for none.",
        at_least=0,
    )


options = BlockOptions("TENFOLD_API", ApiOptions)
