"""What .gitignore patterns mean."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_ignored(patterns: Iterable[tuple[str, str, int]], path: str) -> bool:
    """Whether a file at `path` would be ignored; `patterns` are (path of the .gitignore, pattern, line).

    As git does it: the last match wins, deeper files after shallower ones, and nothing inside an ignored
    folder can be taken back in. https://git-scm.com/docs/gitignore
    """
    ordered = sorted(patterns, key=lambda entry: (entry[0].count("/"), entry[0], entry[2]))
    parts = path.split("/")
    folders = ["/".join(parts[:index]) for index in range(1, len(parts))]
    if any(_last_match(ordered, folder, folder=True) for folder in folders):
        return True
    return _last_match(ordered, path, folder=False)


def _last_match(ordered: list[tuple[str, str, int]], path: str, *, folder: bool) -> bool:
    ignored = False
    for file, pattern, _ in ordered:
        base = file.rpartition("/")[0]
        if base and not path.startswith(f"{base}/"):
            continue
        relative = path[len(base) + 1 :] if base else path
        negated = pattern.startswith("!")
        bare = pattern[1:] if negated else pattern
        if bare.endswith("/") and not folder:
            continue
        if _compile(bare.removesuffix("/")).fullmatch(relative):
            ignored = not negated
    return ignored


@lru_cache(maxsize=2048)
def _compile(pattern: str) -> re.Pattern[str]:
    anchored = "/" in pattern
    text = pattern.removeprefix("/").removeprefix("\\")
    prefix = "" if anchored else "(?:.*/)?"
    return re.compile(prefix + _translate(text), re.DOTALL)


def _translate(text: str) -> str:
    """Only `**/`, `/**/` and `/**` go over folders; other runs of stars are one, so that no pattern is slow."""
    text = re.sub(r"(?:(?<=/)|^)(?:\*\*/)+", "**/", text)
    out: list[str] = []
    index = 0
    while index < len(text):
        bounded = index == 0 or text[index - 1] == "/"
        if bounded and text.startswith("**/", index):
            out.append("(?:.*/)?")
            index += 3
        elif bounded and text[index:] == "**":
            out.append(".*")
            index += 2
        elif text[index] == "*":
            out.append("[^/]*")
            index += len(text) - index - len(text[index:].lstrip("*"))
        elif text[index] == "[" and (end := text.find("]", index + 2)) > 0:
            out.append(_character_class(text[index + 1 : end]))
            index = end + 1
        else:
            out.append("[^/]" if text[index] == "?" else re.escape(text[index]))
            index += 1
    return "".join(out)


def _character_class(body: str) -> str:
    negated = body.startswith(("!", "^"))
    bare = re.sub(r"[\[\\&~|^]|-(?=-)", r"\\\g<0>", body[1:] if negated else body)
    text = f"[^{bare}]" if negated else f"[{bare}]"
    try:
        re.compile(text)
    except re.error:
        return re.escape(text)
    return text
