"""The manager of users that are known by e-mail."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import UserManager
from django.db.models import F, Value
from django.db.models.functions import Upper
from django.db.models.lookups import Exact

from django_tenfold.accounts.email_address import normalise_address


class EmailUserManager(UserManager):
    """`objects` of an AbstractEmailUser: Django's own manager (`with_perm` too), without the username."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return normalise_address(email or "")

    def get_by_natural_key(self, username: str) -> Any:
        """The user of an address, whatever its case, by the unique index. Raises DoesNotExist."""
        return self.get(self._same_address(username))

    async def aget_by_natural_key(self, username: str) -> Any:
        return await self.aget(self._same_address(username))

    def _same_address(self, email: str) -> Exact:
        # The database folds both sides: its upper() and Python's need not agree beyond ASCII.
        return Exact(Upper(F(self.model.USERNAME_FIELD)), Upper(Value(self.normalize_email(email))))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """A stored user. No password makes one that cannot log in by password.

        Raises ValueError without an address and IntegrityError when the address is taken in any case.
        """
        user = self._make_user(email, password, _with_flags(fields, wanted=False))
        user.save(using=self._db)
        return user

    async def acreate_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        user = self._make_user(email, password, _with_flags(fields, wanted=False))
        await user.asave(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """As `create_user`; raises ValueError when is_staff or is_superuser is given as anything but True."""
        user = self._make_user(email, password, _with_flags(fields, wanted=True))
        user.save(using=self._db)
        return user

    async def acreate_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        user = self._make_user(email, password, _with_flags(fields, wanted=True))
        await user.asave(using=self._db)
        return user

    for _changing in (create_user, acreate_user, create_superuser, acreate_superuser):
        _changing.alters_data = True  # type: ignore[union-attr]  # no template may call it
    del _changing

    def _make_user(self, email: str, password: str | None, fields: dict[str, Any]) -> Any:
        email = self.normalize_email(email)
        if not email:
            raise ValueError("A user needs an e-mail address.")
        # In a migration self.model is historical and has no methods of its own; make_password needs none.
        model = apps.get_model(self.model._meta.app_label, self.model._meta.object_name)
        user = self.model(**{model.USERNAME_FIELD: email}, **fields)
        user.password = make_password(password)
        return user


def _with_flags(fields: dict[str, Any], *, wanted: bool) -> dict[str, Any]:
    fields = {"is_staff": wanted, "is_superuser": wanted, **fields}
    for flag in ("is_staff", "is_superuser"):
        if wanted and fields[flag] is not True:
            raise ValueError(f"A superuser must have {flag}=True.")
    return fields
