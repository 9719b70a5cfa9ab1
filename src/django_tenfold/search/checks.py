"""System checks of the block."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from django_tenfold.search.engine.bodies import index_body
from django_tenfold.search.engine.transport import read_node
from django_tenfold.search.feeding import find_missing_triggers
from django_tenfold.search.index import list_indexes, shape_of
from django_tenfold.search.models import SearchGeneration
from django_tenfold.search.postgres import has_trigrams
from django_tenfold.search.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.core.checks import CheckMessage

    from django_tenfold.search.engine.transport import Node
    from django_tenfold.search.index import Shape

LOCAL = ("localhost", "127.0.0.1", "::1")
VENDORS = ("postgresql", "sqlite")


def check_options(app_configs: object, **_: object) -> list[Error]:
    """E901: an option that does not exist or cannot be."""
    return options.report_problems("tenfold.E901")


def check_declarations(app_configs: object, **_: object) -> list[CheckMessage]:
    """E902: an index that cannot be declared so. E903: a database that cannot be searched. E904: one name twice."""
    if any(options.find_problems()):
        return []
    try:
        shapes = [shape_of(index) for index in list_indexes()]
    except ImproperlyConfigured as error:
        return [
            Error(
                f"{error} Its searches and its worker stop with this error.",
                hint="Mend the declaration, or take it out of TENFOLD_SEARCH['indexes'].",
                id="tenfold.E902",
            )
        ]
    names = [shape.name for shape in shapes]
    found: list[CheckMessage] = [
        Error(
            f"Two search indexes are named {name!r}: they would write into each other's tables.",
            hint=f'Give one of them another name: name = "{name}_2".',
            id="tenfold.E904",
        )
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return [*found, *(error for shape in shapes for error in _judge_database(shape))]


def check_engine(app_configs: object, **_: object) -> list[CheckMessage]:
    """E909: an address or certificate file that is none. E910: an index that an engine outside cannot keep. W911: a
    password in clear."""
    if any(options.find_problems()) or not options().engine_urls or check_declarations(None):
        return []
    chosen = options()
    try:
        nodes = [read_node(url, chosen.engine_api_key) for url in chosen.engine_urls]
        if chosen.engine_ca_file:
            ssl.create_default_context(cafile=chosen.engine_ca_file)
    except (ImproperlyConfigured, OSError) as error:
        return [
            Error(
                f"{error} Searches and the worker stop with this error.",
                hint="Mend TENFOLD_SEARCH['engine_urls'] or ['engine_ca_file'].",
                id="tenfold.E909",
            )
        ]
    return [*_judge_shapes(), *_judge_nodes(nodes)]


def check_generations(
    app_configs: object, databases: Sequence[str] | None = None, **_: object
) -> list[CheckMessage]:
    """W905: never built. W906: not fed. W907: built from another declaration. W908: no trigrams.

    Asked for with `check --database default`, and before each migrate.
    """
    if check_options(None) or check_declarations(None):
        return []
    return [
        message
        for index in list_indexes()
        for using in databases or ()
        if using == router.db_for_write(shape_of(index).model)
        if SearchGeneration._meta.db_table in connections[using].introspection.table_names()
        for message in _judge_generation(shape_of(index), using)
    ]


def _judge_shapes() -> Iterator[Error]:
    for index in list_indexes():
        try:
            index_body(shape_of(index), shards=1, replicas=0, alias="any")
        except ImproperlyConfigured as error:
            yield Error(
                f"{error} It cannot be built there.",
                hint="Change the declaration, or leave engine_urls empty: the database keeps it.",
                id="tenfold.E910",
            )


def _judge_nodes(nodes: list[Node]) -> Iterator[Warning]:
    for node in nodes:
        if node.authorization and not node.secure and node.host not in LOCAL:
            yield Warning(
                f"The password of the search engine goes to {node} in clear: whoever listens on the way reads and"
                " changes what is searched.",
                hint="Write https:// in TENFOLD_SEARCH['engine_urls'].",
                id="tenfold.W911",
            )


def _judge_database(shape: Shape) -> Iterator[Error]:
    using = router.db_for_write(shape.model)
    vendor = connections[using].vendor
    if vendor not in VENDORS:
        yield Error(
            f"The search index {shape.name!r} is of {shape.model._meta.label}, which lives in {vendor}: its searches"
            " fail there.",
            hint="Keep the model in PostgreSQL (or SQLite, for development), or take the index out of"
            " TENFOLD_SEARCH['indexes'].",
            id="tenfold.E903",
        )


def _judge_generation(shape: Shape, using: str) -> Iterator[Warning]:
    rebuild = f"Run manage.py search_index rebuild {shape.name}; searches go on meanwhile."
    live = SearchGeneration.objects.using(using).filter(index=shape.name, state=SearchGeneration.LIVE).first()
    if live is None:
        yield Warning(
            f"The search index {shape.name!r} was never built: every search of it fails.",
            hint=rebuild,
            id="tenfold.W905",
        )
        return
    if missing := find_missing_triggers(shape, using=using):
        yield Warning(
            f"The search index {shape.name!r} lacks triggers ({', '.join(missing)}): changes do not reach it, and its"
            " results grow old.",
            hint=f"Run manage.py search_index repair {shape.name}: it installs them and mends what was missed.",
            id="tenfold.W906",
        )
    if live.fingerprint != shape.fingerprint:
        yield Warning(
            f"The search index {shape.name!r} was built from another declaration: changes wait for a worker"
            " of that one, and searches for other fields fail.",
            hint=rebuild,
            id="tenfold.W907",
        )
    if connections[using].vendor == "postgresql" and not has_trigrams(using):
        yield Warning(
            "PostgreSQL has no pg_trgm here: a typo is corrected only if its first letter is right, and correcting one"
            " reads up to 2,000 words.",
            hint=f"As the owner of the database: CREATE EXTENSION pg_trgm; then search_index rebuild {shape.name}.",
            id="tenfold.W908",
        )


def register_checks() -> None:
    register(check_options)
    register(check_declarations)
    register(check_engine)
    register(Tags.database)(check_generations)
