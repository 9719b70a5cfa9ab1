"""Common utilities come from kept libraries.

A helper that every project needs is written again with the faults that the library has behind it: the retry
without a limit or jitter that turns a short outage of a neighbour into a storm, the slug that loses accents, the
cached property that is not safe in threads. Each copy is tested and mended alone.
Reported, as a preview, are functions and classes that carry the name and the shape of something in the standard
library, in Django or in a kept package: a retry (a loop that sleeps), chunks, slugs, cached properties,
memoising, relative times. Tests, migrations and functions that call the library themselves are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.source import Module, Scope

practice = Practice(
    __name__,
    held="Common utilities come from kept libraries",
    broken="A common utility is written again",
    impact=Impact.LOW,
    confidence=Confidence.PREVIEW,
    sources=("BP26", "BP52"),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/utils/",
        "https://docs.python.org/3/library/itertools.html#itertools.batched",
        "https://tenacity.readthedocs.io/",
    ),
)


class _Kept(NamedTuple):
    """A utility that is kept elsewhere: how copies are named, their kind, and what to use."""

    names: re.Pattern[str]
    kinds: tuple[str, ...]
    instead: str


_FUNCTIONS = ("function", "async function")
_UTILITIES = (
    _Kept(
        re.compile(
            r"(?:into_|iter_|in_|get_|make_|split_into_)?(?:chunks|chunked|chunk_list|batched|grouper)"
        ),
        _FUNCTIONS,
        "itertools.batched (Python 3.12) or more_itertools.chunked",
    ),
    _Kept(re.compile(r"(?:my_|to_|make_|custom_)?slugify"), _FUNCTIONS, "django.utils.text.slugify"),
    _Kept(
        re.compile(r"(?:cached|memoized|lazy)_?property", re.IGNORECASE),
        (*_FUNCTIONS, "class"),
        "functools.cached_property, or django.utils.functional.cached_property",
    ),
    _Kept(re.compile(r"memoize[d]?", re.IGNORECASE), (*_FUNCTIONS, "class"), "functools.lru_cache"),
    _Kept(
        re.compile(r"time_?ago|time_?since|natural_?time|humanize_(?:time|timedelta|duration)"),
        _FUNCTIONS,
        "django.contrib.humanize's naturaltime or django.utils.timesince.timesince",
    ),
)
_RETRY = re.compile(r"retry|retries|with_retry|with_retries|retry_on\w*|retryable", re.IGNORECASE)
_QUIET = frozenset({"test", "migration"})


def check(project: Project) -> Iterator[Judgement]:
    for module in project.source:
        if project.contexts.of(module.path) & _QUIET:
            continue
        for index, scope in enumerate(module.scopes):
            instead = _instead(module, index, scope)
            if instead:
                yield practice.finding(
                    Location(module.path, scope.line),
                    f"{scope.name} ({scope.end_line - scope.line + 1} lines) writes again what {instead} gives: its"
                    " faults are found and mended here alone.",
                    remedy=f"Call {instead} where {module.qualname(index)} is called, and delete it.",
                    symbol=module.qualname(index),
                    proof=f"the name and shape of {module.qualname(index)}",
                )


def _instead(module: Module, index: int, scope: Scope) -> str:
    """What to use in place of this function or class; "" when it is no copy."""
    outermost = scope.parent == 0
    if scope.kind in _FUNCTIONS and outermost and _RETRY.fullmatch(scope.name) and _sleeps(module, index):
        return "tenacity.retry with a limit, exponential waits and jitter"
    found = next((u for u in _UTILITIES if scope.kind in u.kinds and u.names.fullmatch(scope.name)), None)
    if found is None or not outermost or _builds_on_a_library(module, index):
        return ""
    return found.instead


def _sleeps(module: Module, index: int) -> bool:
    """Whether the function, or one inside it, sleeps in a loop."""
    return any(
        call.loop >= 0 and call.callee.rpartition(".")[2] == "sleep" and _is_inside(module, call.scope, index)
        for call in module.calls
    )


def _is_inside(module: Module, scope: int, outer: int) -> bool:
    while scope > 0:
        if scope == outer:
            return True
        scope = module.scopes[scope].parent
    return False


_LIBRARIES = re.compile(
    r"slugify|chunked|batched|timesince|naturaltime|lru_cache|cached_property|cache\b|humanize|islice|import_string"
)


def _builds_on_a_library(module: Module, index: int) -> bool:
    """Whether it calls something of the same kind itself: then it adds to the library."""
    own = module.scopes[index].name
    bases = [getattr(base, "dotted", "") for base in module.scopes[index].bases]
    called = [c.callee for c in module.calls if _is_inside(module, c.scope, index) and c.callee != own]
    return any(_LIBRARIES.search(name) for name in (*called, *bases) if name)


EXAMPLES = (
    Breaks(
        {
            "shop/remote.py": """
                import time

                def retry(call, times=5):
                    for _ in range(times):
                        try:
                            return call()
                        except OSError:
                            time.sleep(1)

                def chunks(items, size):
                    for start in range(0, len(items), size):
                        yield items[start : start + size]
            """
        },
        at=("shop/remote.py:3", "shop/remote.py:10"),
    ),
    Holds(
        {
            "shop/remote.py": """
                from tenacity import retry, stop_after_attempt

                @retry(stop=stop_after_attempt(5))
                def fetch(): ...
            """
        }
    ),
    LooksAlike(
        {
            "shop/text.py": """
                from django.utils.text import slugify as django_slugify

                def slugify(text):
                    return django_slugify(text)[:50]

                def retry(order):
                    return order.pay()
            """
        },
        because="one builds on Django's, the other pays an order again",
    ),
    LooksAlike(
        {
            "shop/text.py": """
                from django.conf import settings
                from django.utils.module_loading import import_string

                def slugify(value):
                    return import_string(settings.SLUG_FUNCTION)(value)
            """
        },
        because="it calls the function that a setting names",
    ),
)
