"""How a person is named in public: never by the address that letters go to."""

from __future__ import annotations


def public_name(email: str) -> str:
    """ "Ada Miller" for ada.miller@example.org: the part before the @, its numbers left out."""
    words = email.partition("@")[0].replace("_", ".").replace("-", ".").split(".")
    return " ".join(word.capitalize() for word in words if word and not word.isdigit()) or "A member"
