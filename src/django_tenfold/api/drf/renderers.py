"""REST framework's JSON, written by the encoder of this block: the same values, compact, in a third of the time."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from django_tenfold.api.rows.encoder import encode


def encode_anything(data: Any) -> bytes:
    """JSON bytes, also of what only REST framework's encoder knows: sets, querysets, networks."""
    try:
        return encode(data)
    except TypeError:
        made: bytes = JSONRenderer().render(data)
        return made


class FastJSONRenderer(JSONRenderer):
    """`renderer_classes = [FastJSONRenderer]`; an indent, ASCII and an encoder of its own are REST framework's."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None or self._is_special(accepted_media_type, renderer_context or {}):
            return super().render(data, accepted_media_type, renderer_context)
        try:
            made = encode(data)
        except TypeError:  # a type that only REST framework's encoder knows
            return super().render(data, accepted_media_type, renderer_context)
        # As REST framework does: JavaScript before 2019 takes these two for the end of a line.
        return made.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")

    def _is_special(self, accepted_media_type: str | None, renderer_context: Any) -> bool:
        usual = self.compact and self.strict and not self.ensure_ascii and self.encoder_class is JSONEncoder
        return not usual or self.get_indent(accepted_media_type, renderer_context) is not None
