"""Keys that are made, not given: for development, and where a required one is missing."""

from __future__ import annotations

import getpass
import hashlib
import secrets
import socket
from pathlib import Path


def development_key() -> str:
    """A SECRET_KEY for development: the same at each start of one person's checkout, so that nobody is logged
    out by a reload; another one everywhere else. Guessable, hence only ever a `development=` value."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name; OSError since Python 3.13
        person = ""
    told = f"{socket.gethostname()}:{person}:{Path.cwd()}"
    return "django-insecure-" + hashlib.sha256(told.encode()).hexdigest()


def unguessable_key() -> str:
    """A key that nobody knows and that no other process has."""
    return secrets.token_urlsafe(48)
