"""Exports of any number of rows as a download: CSV or JSON lines, streamed, in flat memory."""

from __future__ import annotations

from django_tenfold.api.export.answers import BadAfter, export_response, stream_rows

__all__ = ["BadAfter", "export_response", "stream_rows"]
