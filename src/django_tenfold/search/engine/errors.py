"""What can go wrong with an engine outside of the database."""

from __future__ import annotations


class EngineDownError(Exception):
    """It cannot be reached, or is too busy: after all tries on all nodes. The same again may succeed later."""


class EngineRefusedError(Exception):
    """It answered, and will not: credentials, an index that is gone, a request it does not know. Later is no better."""


class DocumentRefusedError(EngineRefusedError):
    """It took the others of a batch, and not these."""
