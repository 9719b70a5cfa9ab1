"""Which database related objects are in: a join, and one statement for all children, know that of the rows alone.

Django asks its routers for each related object anew
(https://docs.djangoproject.com/en/stable/topics/db/multi-db/#automatic-database-routing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections, router

from django_tenfold.api.compiling.shape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse_elsewhere(model: Any, related: Iterable[Any], using: str) -> None:
    """RefusedError when Django would look for a related object in another database than `using`.

    Copies of one database are the same: a router may choose another replica each time.
    """
    if not any(hasattr(one, "db_for_read") for one in router.routers):
        return  # a related object is in the database of the row
    row = model()
    row._state.db = using
    for other in related:
        chosen = router.db_for_read(other, instance=row)
        if chosen != using and not _is_copy(chosen, using, model=model, related=other):
            raise RefusedError(
                f"{other.__name__} is read from the database {chosen!r}, {model.__name__} from {using!r}"
            )


def _is_copy(chosen: str, using: str, *, model: Any, related: Any) -> bool:
    first, second = (connections.settings[alias] for alias in (chosen, using))
    origins = {
        one.get("TEST", {}).get("MIRROR") or alias for one, alias in ((first, chosen), (second, using))
    }
    same = len(origins) == 1 or (first["ENGINE"], first["NAME"]) == (second["ENGINE"], second["NAME"])
    return same and all(
        router.allow_migrate_model(alias, model) == router.allow_migrate_model(alias, related)
        for alias in (chosen, using)
    )
