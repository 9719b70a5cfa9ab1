"""Seeded members as rows of whatever the project's user model is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models import NOT_PROVIDED

from seeding import words
from seeding.rows import email_of, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Field

    from seeding.rows import Starts
    from seeding.shape import Shape

CHANGING = ("id", "email", "username", "first_name", "last_name")
"""Columns that differ from member to member; all others have the model's default."""


def member_fields() -> list[Field]:
    """Those that a row has to name: the database makes no value of its own for them."""
    fields = get_user_model()._meta.concrete_fields
    return [
        one
        for one in fields
        if not one.generated and getattr(one, "db_default", NOT_PROVIDED) is NOT_PROVIDED
    ]


def member_lines(shape: Shape, starts: Starts) -> Iterator[str]:
    """A line for each member, its columns in the order of `member_fields`. Nobody can log in as one of them."""
    fields = member_fields()
    same = {one.name: _default(one) for one in fields if one.name not in CHANGING}
    same |= {"password": make_password(None), "is_active": "t", "date_joined": moment(0)}
    for number in range(shape.members):
        first = words.FIRST_NAMES[number % len(words.FIRST_NAMES)].capitalize()
        last = words.LAST_NAMES[number * 7 // len(words.FIRST_NAMES) % len(words.LAST_NAMES)].capitalize()
        email = email_of(number + starts.member - 1)
        own = {
            "id": str(starts.member + number),
            "email": email,
            "username": email,
            "first_name": first,
            "last_name": last,
        }
        yield "\t".join(own[one.name] if one.name in own else same[one.name] for one in fields) + "\n"


def _default(field: Field) -> str:
    value = field.get_default()
    if value is None:
        return "\\N"
    return {True: "t", False: "f"}[value] if isinstance(value, bool) else str(value)
