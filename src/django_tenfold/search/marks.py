"""Marks of found words: private characters while the database and Python handle the text, `<mark>` at the very end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import escape
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

START, END = "\ue000", "\ue001"
"""Private use characters; they are taken out of every text before it is indexed.
https://www.unicode.org/faq/private_use.html"""


def render_marks(text: str) -> SafeString:
    """HTML of the text: everything escaped, the found words in `<mark>`; marks always come in pairs."""
    before, *parts = text.split(START)
    html = [escape(before.replace(END, ""))]
    for part in parts:
        found, end, rest = part.partition(END)
        html.append(f"<mark>{escape(found)}</mark>{escape(rest.replace(END, ''))}" if end else escape(part))
    return mark_safe("".join(html))
