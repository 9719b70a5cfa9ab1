"""Writing documents so that one that cannot be made stops no other: it is parked in the outbox, with the reason."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, DataError, InterfaceError, transaction

from django_tenfold.search.backend import backend_for
from django_tenfold.search.documents import Batch, read_documents
from django_tenfold.search.engine.errors import DocumentRefusedError, EngineDownError, EngineRefusedError
from django_tenfold.search.models import SearchChange, SearchGeneration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_tenfold.search.index import Shape

log = logging.getLogger("django_tenfold.search")
TOO_BIG = "54"
"""Class of what exceeds a limit of PostgreSQL: a facet of 3 KB in its index, words beyond 1 MB.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
LONGEST_REASON = 2_000
"""Characters that are kept."""


def write_keys(
    shape: Shape, generations: Sequence[SearchGeneration], keys: Sequence[Any], *, version: int, using: str
) -> dict[Any, str]:
    """Write the documents of these keys anew; of those that cannot be made or stored, why.

    A batch that fails is halved until the one at fault is alone. Raises what is no fault of a document.
    """
    fault: Exception
    try:
        with transaction.atomic(using=using):
            documents = read_documents(shape, keys, using=using)
            there = {one.key for one in documents}
            batch = Batch(version, documents, tuple(key for key in keys if key not in there))
            for one in generations:
                live = one.state == SearchGeneration.LIVE
                backend_for(using).write(shape, one.number, batch, live=live)
        return {}
    except Exception as error:
        if not _blames_document(error):
            raise
        fault = error
    if len(keys) == 1:
        log.error("The document %s of %s cannot be made: it is parked", keys[0], shape.name, exc_info=fault)
        return {keys[0]: f"{type(fault).__name__}: {fault}"[:LONGEST_REASON]}
    half = len(keys) // 2
    failed = write_keys(shape, generations, keys[:half], version=version, using=using)
    return failed | write_keys(shape, generations, keys[half:], version=version, using=using)


def park(shape: Shape, written: Iterable[Any], reasons: dict[Any, str], *, using: str) -> None:
    """Keep these reasons, and forget older ones of what was written."""
    parked = SearchChange.objects.using(using)
    texts = [str(key) for key in written]
    parked.filter(index=shape.name, path="", key__in=texts).exclude(reason="").delete()
    parked.bulk_create(
        SearchChange(index=shape.name, key=str(key)[:255], reason=reason) for key, reason in reasons.items()
    )


def _blames_document(error: Exception) -> bool:
    """What fails for every document is to stop the worker, not to park the whole index."""
    if isinstance(error, DataError | DocumentRefusedError):
        return True
    if isinstance(error, DatabaseError):
        return str(getattr(error.__cause__, "sqlstate", None) or "").startswith(TOO_BIG)
    systematic = InterfaceError | EngineDownError | EngineRefusedError | ImproperlyConfigured
    return not isinstance(error, systematic)
