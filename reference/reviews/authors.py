"""How a person is named in public: never by the address that letters go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from people.models import Person

NAME_FIELDS = ("email", "first_name", "last_name")
"""What `public_name` reads of a person: all that a list has to load."""


def public_name(person: Person) -> str:
    """ "Ada M." for Ada Miller; without a name what stands before the @ of the address, its numbers left out."""
    if person.first_name:
        return f"{person.first_name} {person.last_name[:1]}.".removesuffix(" .")
    words = person.email.partition("@")[0].replace("_", ".").replace("-", ".").split(".")
    return " ".join(word.capitalize() for word in words if word and not word.isdigit()) or "A member"
