"""A user as a process remembers it, and the copies that requests are given."""

from __future__ import annotations

import copy
import datetime
import decimal
import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission
from django.db.models.base import ModelState
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from django_tenfold.accounts.follower import Follower
    from django_tenfold.accounts.remembered_relations import RememberedRow

IMMUTABLE = frozenset(
    {str, int, float, bool, type(None), bytes, complex, decimal.Decimal, uuid.UUID}
    | {datetime.datetime, datetime.date, datetime.time, datetime.timedelta}
)


class RememberedUser:
    """One user. Immutable but for its permissions, which are added when the first request has asked for them."""

    __slots__ = (
        "alias",
        "auth_hash",
        "backend",
        "fields",
        "model",
        "mutable",
        "original",
        "permissions",
        "rows",
        "until",
        "wants_permissions",
    )

    def __init__(
        self, user: Any, backend: str, follower: Follower, rows: tuple[RememberedRow, ...] = ()
    ) -> None:
        self.model: Any = type(user)
        self.backend = backend
        self.alias = follower.alias
        self.until = follower.keeps_until
        fields = {name: value for name, value in user.__dict__.items() if name != "_state"}
        self.fields = {name: value for name, value in fields.items() if type(value) in IMMUTABLE}
        self.mutable = copy_for({k: v for k, v in fields.items() if k not in self.fields}, user, user)
        self.original = user if self.mutable else None
        self.rows = rows
        self.auth_hash = _find_auth_hash(user)
        self.wants_permissions = False
        self.permissions: dict[str, frozenset[str]] | None = None

    def verifies(self, session_hash: str | None) -> bool:
        """Whether a session with this hash is one of the user's; if not, the secret or the password may be old."""
        if self.auth_hash is None:
            return True
        return bool(session_hash) and constant_time_compare(session_hash, self.auth_hash)

    def make_instance(self) -> Any:
        """A user of its own for one request, as if it had just been read from the primary."""
        user = self.model.__new__(self.model)
        state = ModelState()
        state.adding, state.db = False, self.alias
        fields = user.__dict__
        fields["_state"] = state
        fields.update(self.fields)
        if self.mutable:
            fields.update(copy_for(self.mutable, self.original, user))
        if self.permissions is not None:
            fields.update(self.permissions)
        for row in self.rows:
            row.attach(user)
        return user


def copy_for(values: dict[str, Any], old: Any, new: Any) -> dict[str, Any]:
    """Deep copies; what leads to the old user leads to the new one."""
    memo = {id(old): new}
    return {name: copy.deepcopy(value, memo) for name, value in values.items()}


def _find_auth_hash(user: Any) -> str | None:
    return str(user.get_session_auth_hash()) if hasattr(user, "get_session_auth_hash") else None


def hashes_as_django(model: type) -> bool:
    """Whether a session's hash depends on nothing but the user's row and the secret."""
    names = ("get_session_auth_hash", "_get_session_auth_hash")
    return all(getattr(model, name, None) is getattr(AbstractBaseUser, name) for name in names)


def read_permissions(user: Any, backend: Any, alias: str) -> dict[str, frozenset[str]]:
    """What Django's ModelBackend keeps on the user after `has_perm`, read from the primary."""
    found = {}
    for name in ("user", "group"):
        everything = Permission.objects.using(alias)
        rows = (
            everything
            if user.is_superuser
            else getattr(backend, f"_get_{name}_permissions")(user).using(alias)
        )
        pairs = rows.values_list("content_type__app_label", "codename").order_by()
        found[f"_{name}_perm_cache"] = frozenset(f"{label}.{codename}" for label, codename in pairs)
    return {**found, "_perm_cache": found["_user_perm_cache"] | found["_group_perm_cache"]}
