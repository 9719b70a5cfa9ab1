"""Stars, names and durations in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html

from reviews.authors import public_name

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()
register.filter("public_name", public_name)


@register.filter
def stars(rating: float) -> SafeString:
    """Five stars, filled as far as the rating goes; read aloud as a sentence."""
    if not rating:
        return format_html('<span class="stars none">{}</span>', "not rated yet")
    return format_html(
        '<span class="stars" role="img" aria-label="{} of 5 stars"><span class="part-{}"></span></span>',
        f"{rating:.1f}",
        step(20 * rating),
    )


@register.filter
def step(percent: float) -> int:
    """To the next 5 percent: the widths that the style sheet names. A policy against inline styles may stand."""
    return min(max(5 * round(percent / 5), 0), 100)


@register.filter
def duration(seconds: float | None) -> str:
    """ "4 min 05 s" """
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


@register.filter
def hue(number: int) -> int:
    """One of eight colours for what has no photo."""
    return number % 8


@register.simple_tag(takes_context=True)
def address(context: template.Context, **changes: object) -> str:
    """The query of this page's address with some words changed, those that are None left out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"
