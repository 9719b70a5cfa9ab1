"""What a configuration file is for, from its path alone."""

from __future__ import annotations

import re

from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

_SIGNS = (
    (TESTING, re.compile(r"(?:^|[/_.\-])(?:tests?|testing|ci|e2e)(?:[/_.\-]|$)")),
    (DEVELOPMENT, re.compile(r"(?:^|[/_.\-])(?:dev|devel|development|local|localhost|debug)(?:[/_.\-]|$)")),
    (PRODUCTION, re.compile(r"(?:^|[/_.\-])(?:prod|production|live|deploy|deployment)(?:[/_.\-]|$)")),
)


def tell_purpose(path: str) -> str:
    """PRODUCTION, DEVELOPMENT or TESTING where a word of the path says so, else UNSURE."""
    lowered = path.lower()
    return next((purpose for purpose, sign in _SIGNS if sign.search(lowered)), UNSURE)
