"""Keeps secrets out of reports: values of SECRET_KEY, passwords, tokens, credentials in URLs, keys.

Masking too much costs a reader little; showing one secret in a CI log costs a rotation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.settings import FromEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tenfold.project.settings import Possible

MASK = "***"
_NAME = (
    r"(?:SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|SIGNING_?KEY"
    r"|ENCRYPTION_?KEY|CREDENTIAL|DSN|(?<![A-Z])SALT(?![A-Z]))(?!\w*(?:HASHERS|VALIDATORS|TIMEOUT|_AGE|HEADER))"
)
_SENSITIVE = re.compile(rf"[\w.-]*{_NAME}[\w-]*", re.IGNORECASE)
_HINT = re.compile(r"secret|passw|passp|token|key|credential|dsn|salt", re.IGNORECASE)
"""A line without any of these is not searched further: masking was most of an audit's time."""
_ANNOTATION = r"(?::\s*[\w.\[\]| ]+?)?"
_ASSIGNED = re.compile(rf"{_NAME}[\w-]*[\"']?\]?\s*(?:{_ANNOTATION}\s*=>?|:|,)\s*", re.IGNORECASE)
_BARE = re.compile(
    rf"^(?P<head>\s*(?:-\s*)?(?:export\s+|ENV\s+|ARG\s+)?[\w.-]*{_NAME}[\w-]*\s*[=: ]\s*)(?P<value>\S.*)$",
    re.IGNORECASE,
)
_INLINE = re.compile(rf"(?P<head>\b[A-Z0-9_]*{_NAME}[A-Z0-9_]*=)(?P<value>[^\s\"',;$({{\[]+)")
"""`NAME=value` in a shell's way, anywhere in a line."""
_LITERAL = re.compile(r"""(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*+)(?P=quote)""")
_ENVIRONMENT_NAME = re.compile(rf"[A-Z][A-Z0-9]*_[A-Z0-9_]*|{_NAME}")
_URL = re.compile(r"(?P<head>[A-Za-z][\w+.-]*://[^\s:/@\"']*:)(?P<password>[^\s@\"']+)(?=@)")
_DENSE = re.compile(r"[A-Za-z0-9+/=_!@#$%^&*()-]{32,}")
_DENSE_DIGITS = 6
"""Digits that a dense literal holds: names of migrations and modules have fewer."""
_KEY_BODY = re.compile(r"^\s*[A-Za-z0-9+/]{40,}={0,2}\s*$")
_IS_CODE = re.compile(
    r"""^[$=]|[("'\[{]|^(?:None|True|False|null|true|false)\b|^(?:os|env|config|settings|self)\."""
)
"""What stands where a bare value would, and is none: a reference, a call, a literal masked already."""
SHORTEST_KNOWN = 8
"""A known value shorter than this would be masked inside ordinary words."""


def mask_line(text: str) -> str:
    """One line of a file with secrets replaced by `***`; names stay readable."""
    masked = mask_urls(text)
    if _KEY_BODY.match(masked):
        return MASK
    if _HINT.search(masked):
        masked = _mask_named(masked)
    return _LITERAL.sub(_mask_dense, masked) if _DENSE.search(masked) else masked


def _mask_named(text: str) -> str:
    """Values that stand beside a sensitive name."""
    masked = _INLINE.sub(rf"\g<head>{MASK}", text)
    if assigned := _ASSIGNED.search(masked):
        masked = masked[: assigned.end()] + _LITERAL.sub(_mask_literal, masked[assigned.end() :])
    bare = _BARE.match(masked)
    return bare["head"] + MASK if bare and not _IS_CODE.search(bare["value"]) else masked


def mask_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Consecutive lines of a file, where a secret may stand on the line after its name."""
    result = []
    open_secret = False
    for line in lines:
        if open_secret:
            result.append(_LITERAL.sub(f'"{MASK}"', mask_line(line)))
            open_secret = not re.search(r"[)\]}]\s*,?\s*(#.*)?$", line) and line.strip() != ""
            continue
        result.append(mask_line(line))
        named = _HINT.search(line) and _ASSIGNED.search(line)
        open_secret = named is not None and re.search(r"[(\[\\]\s*(#.*)?$", line) is not None
    return tuple(result)


def mask_urls(text: str) -> str:
    """`scheme://user:password@host` without the password."""
    if "://" not in text:
        return text
    return _URL.sub(
        lambda m: m["head"] + (m["password"] if m["password"].startswith(("$", "{")) else MASK), text
    )


def mask_known(text: str, secrets: Iterable[str]) -> str:
    """The text with every known secret replaced."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return mask_urls(text)


def known_secrets(values: Mapping[str, tuple[Possible, ...]]) -> tuple[str, ...]:
    """Values of settings whose name says that they are secret, at any depth; longest first."""
    found = {
        secret
        for name, possible in values.items()
        for one in possible
        for secret in _secrets_in(name, one.value)
        if len(secret) >= SHORTEST_KNOWN and not re.fullmatch(r"[a-z._ ]+|[A-Z_]+", secret)
    }
    return tuple(sorted(found, key=lambda s: (-len(s), s)))


def _secrets_in(name: str, value: object) -> Iterator[str]:
    if isinstance(value, FromEnvironment):
        yield from _secrets_in(name, value.default)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets_in(key if isinstance(key, str) else name, inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _secrets_in(name, inner)
    elif isinstance(value, str) and _SENSITIVE.fullmatch(name):
        yield value


def _mask_literal(match: re.Match[str]) -> str:
    text = match["text"]
    if not text or _ENVIRONMENT_NAME.fullmatch(text) or MASK in text:
        return match[0]
    return f"{match['quote']}{MASK}{match['quote']}"


def _mask_dense(match: re.Match[str]) -> str:
    text = match["text"]
    digits = sum(c.isdigit() for c in text)
    if _DENSE.fullmatch(text) and digits >= _DENSE_DIGITS and not _ENVIRONMENT_NAME.fullmatch(text):
        return f"{match['quote']}{MASK}{match['quote']}"
    return match[0]
