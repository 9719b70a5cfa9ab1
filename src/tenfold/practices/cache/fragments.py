"""Cached fragments vary on what they show.

A fragment is kept under its name and the values behind it: `{% cache 600 card product.pk %}`. What it shows and does
not name is that of whoever came first, for all who come later: their name, their language, another product. On a site
with many visitors that is seen within a second.
Reported are fragments that show the user, the request, or the variable of a loop around them without naming it; and
those with translated texts that do not name the language, where visitors choose one (LocaleMiddleware).
Holds when each fragment names all that it shows, after its name. Mended by

    {% cache 600 card request.user.pk LANGUAGE_CODE product.pk product.changed %}

or by `{% cached 600 "card" product tags="prices" %}` of `django_tenfold.cache`, which is taken back when the product
changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.templates import Tag, Template

practice = Practice(
    __name__,
    held="Cached fragments vary on what they show",
    broken="A cached fragment shows one visitor's content to others",
    impact=Impact.HIGH,
    confidence=Confidence.PREVIEW,
    sources=("BP2",),
    links=("https://docs.djangoproject.com/en/stable/topics/cache/#template-fragment-caching",),
)

_NAMES = re.compile(r"(?<![\w.\"'])([A-Za-z_]\w*)(?=[\w.|]*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_LOCALE = "django.middleware.locale.LocaleMiddleware"
_TRANSLATES = frozenset({"trans", "translate", "blocktrans", "blocktranslate"})
_ENDS = {"endcache": "cache", "endcached": "cached"}
_TELLS_LANGUAGES_APART = "cached"
_OF_VISITOR = {"user": ("user",), "request": ("user", "session", "COOKIES")}


class _Fragment(NamedTuple):
    """One `{% cache %}` or `{% cached %}` to its end."""

    tag: Tag
    end: int
    loops: tuple[Tag, ...]
    """The `{% for %}` tags around it."""


def check(project: Project) -> Iterator[Judgement]:
    found = [(t, f) for t in project.templates.all if t.engine == "django" for f in _fragments(t)]
    if not found:
        yield NotApplicable("no template caches a fragment")
        return
    several = any(entry.value == _LOCALE for entry in project.settings.entries("MIDDLEWARE"))
    for template, fragment in found:
        missing = _missing(template, fragment, several=several)
        if missing:
            yield practice.finding(
                Location(template.path, fragment.tag.line),
                f"The fragment {_name(fragment)} shows {missing} and is kept without it: whoever comes first decides"
                " what all others see.",
                remedy=f"{{% {fragment.tag.name} {fragment.tag.rest} {_key(missing)} %}}",
                symbol=f"{template.name}:{_name(fragment)}",
                proof=f"{{% {fragment.tag.name} {fragment.tag.rest} %}}",
            )


def _key(missing: str) -> str:
    return {"the language": "LANGUAGE_CODE", "user": "request.user.pk", "request": "request.user.pk"}.get(
        missing, f"{missing}.pk"
    )


def _name(fragment: _Fragment) -> str:
    words = fragment.tag.rest.split()
    return words[1] if len(words) > 1 else ""


def _fragments(template: Template) -> Iterator[_Fragment]:
    opened: list[tuple[Tag, tuple[Tag, ...]]] = []
    loops: list[Tag] = []
    for tag in template.tags:
        if tag.name == "for":
            loops.append(tag)
        elif tag.name == "endfor" and loops:
            loops.pop()
        elif tag.name in _ENDS.values():
            opened.append((tag, tuple(loops)))
        elif tag.name in _ENDS and opened:
            start, around = opened.pop()
            yield _Fragment(start, tag.line, around)


def _missing(template: Template, fragment: _Fragment, *, several: bool) -> str:
    """What the fragment shows and does not name; "" when nothing is known to be missing."""
    named = set(_NAMES.findall(_QUOTED.sub("", " ".join(fragment.tag.rest.split()[2:]))))
    shown = list(_shown(template, fragment))
    for first, rest in shown:
        wanted = _OF_VISITOR.get(first)
        if (
            wanted
            and not named & {"user", "request"}
            and (first == "user" or rest.partition(".")[0] in wanted)
        ):
            return first
    variables = {name.strip() for tag in fragment.loops for name in tag.rest.partition(" in ")[0].split(",")}
    for first, _ in shown:
        if first in variables and not named & (variables | {"forloop"}):
            return first
    if fragment.tag.name == _TELLS_LANGUAGES_APART:
        return ""
    inside = [tag for tag in template.tags if fragment.tag.line <= tag.line <= fragment.end]
    translates = any(tag.name in _TRANSLATES for tag in inside)
    return "the language" if several and translates and "LANGUAGE_CODE" not in fragment.tag.rest else ""


def _shown(template: Template, fragment: _Fragment) -> Iterator[tuple[str, str]]:
    """(first name, rest) of what stands between the fragment's tags, by lines."""
    lines = range(fragment.tag.line, fragment.end + 1)
    inner = {n for t in template.tags if t.name in ("for", "with") and t.line in lines for n in _bound(t)}
    texts = [text for text, line in template.variables if line in lines]
    texts += [
        tag.rest
        for tag in template.tags
        if tag.line in lines and tag is not fragment.tag and tag.name != "load"
    ]
    for text in texts:
        for match in re.finditer(r"(?<![\w.])([A-Za-z_]\w*)(?:\.([\w.]+))?", _QUOTED.sub("", text)):
            if match.group(1) not in inner:
                yield match.group(1), match.group(2) or ""


def _bound(tag: Tag) -> list[str]:
    """The names that `{% for %}` and `{% with %}` make."""
    if tag.name == "for":
        return [name.strip() for name in tag.rest.partition(" in ")[0].split(",")]
    return re.findall(r"(\w+)=", tag.rest) + re.findall(r" as (\w+)", tag.rest)


_HEAD = "{% load cache i18n %}\n"
EXAMPLES = (
    Breaks(
        {
            "shop/templates/base.html": _HEAD
            + "{% cache 600 menu %}\nHello {{ request.user.username }}\n{% endcache %}"
        },
        at="shop/templates/base.html:2",
    ),
    Breaks(
        {
            "shop/templates/list.html": _HEAD
            + "{% for product in products %}\n{% cache 600 card %}\n{{ product.name }}\n{% endcache %}\n{% endfor %}"
        },
        at="shop/templates/list.html:3",
    ),
    Holds(
        {
            "shop/templates/list.html": _HEAD
            + "{% for product in products %}\n{% cache 600 card product.pk %}\n{{ product.name }}\n"
            + "{% endcache %}\n{% endfor %}"
        }
    ),
    Holds(
        {
            "shop/templates/home.html": "{% load i18n tenfold_cache %}\n{% cached 600 'home' tags='prices' %}\n"
            + "{% for product in products %}{{ product.name }}{% endfor %}{% trans 'Products' %}\n{% endcached %}"
        }
    ),
    Breaks(
        {
            "shop/templates/home.html": "{% load tenfold_cache %}\n{% cached 600 'home' tags='prices' %}\n"
            + "Hello {{ request.user.username }}\n{% endcached %}"
        },
        at="shop/templates/home.html:2",
    ),
    LooksAlike(
        {
            "shop/templates/list.html": _HEAD
            + "{% cache 600 products %}\n{% for product in products %}{{ product.name }}{% endfor %}\n"
            + "{% trans 'Products' %} {{ request.path }}\n{% endcache %}"
        },
        because="the loop is inside, and no visitor chooses a language",
    ),
)
