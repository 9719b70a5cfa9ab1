"""Which tables grow with use: one row per user or per event, not a list that somebody keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.project.models import Model, Models

_USER_BASES = ("AbstractBaseUser", "AbstractUser", "PermissionsMixin")
_USERS = frozenset({"auth.user", "settings.auth_user_model"})


def grows(model: Model, models: Models) -> bool:
    """Whether the fields say so: users themselves, rows that belong to one, rows stamped when they are made.
    Languages, licenses and units have no such field; a table without one may still be long."""
    if _is_user(model):
        return True
    return any(_is_users(field.to, models) or field.option("auto_now_add") is True for field in model.fields)


def _is_users(label: str, models: Models) -> bool:
    if label.lower() in _USERS:
        return True
    related = models.get(label) if label else None
    return related is not None and _is_user(related)


def _is_user(model: Model) -> bool:
    return model.label.lower() in _USERS or any(base.endswith(_USER_BASES) for base in model.bases)
