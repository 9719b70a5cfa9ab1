"""REST framework's JSON, written by the encoder of this block: the same values, compact, in a third of the time."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import JSONRenderer

from django_tenfold.api.rows_encoder import encode


class FastJSONRenderer(JSONRenderer):
    """`renderer_classes = [FastJSONRenderer]`. Text beyond ASCII is sent as UTF-8; an asked-for indent is honoured."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None or self.get_indent(accepted_media_type, renderer_context or {}) is not None:
            return super().render(data, accepted_media_type, renderer_context)
        try:
            return encode(data)
        except TypeError:  # a type that only REST framework's encoder knows
            return super().render(data, accepted_media_type, renderer_context)
