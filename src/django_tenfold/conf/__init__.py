"""Production settings from the environment, and the typed options of every block.

`from django_tenfold.conf import Environment` is the one import of a settings file. It is resolved when it
is asked for: a block that only needs `django_tenfold.conf.options` works without environs and dj-database-url.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_tenfold.conf.environment import Environment
    from django_tenfold.conf.secrets import development_key

__all__ = ["Environment", "development_key"]


def __getattr__(name: str) -> Any:
    if name == "Environment":
        from django_tenfold.conf.environment import Environment

        return Environment
    if name == "development_key":
        from django_tenfold.conf.secrets import development_key

        return development_key
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
