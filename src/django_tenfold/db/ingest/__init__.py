"""Any number of rows from a file, a stream or an iterable into a model, broken ones told and left out."""

from __future__ import annotations

from django_tenfold.db.ingest.loading import (
    IngestError,
    Result,
    SourceChanged,
    TooManyRejects,
    aingest,
    ingest,
    plan_ingest,
)

__all__ = ["IngestError", "Result", "SourceChanged", "TooManyRejects", "aingest", "ingest", "plan_ingest"]
