"""A custom user model stands from the first migration.

`auth.User` cannot be swapped later without rewriting every foreign key to it by hand: the wish for e-mail as
the login, another primary key or one more column then becomes a migration of the busiest tables.
Holds when AUTH_USER_MODEL names a model of the project. With a history of migrations the change is no
small one, so the finding says what it costs to stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="The user model is the project's own",
    broken="The user model is Django's own and cannot grow",
    impact=Impact.MEDIUM,
    sources=("PT1",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/topics/auth/customizing/#using-a-custom-user-model",),
)


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    apps = {str(entry.value).partition(".apps.")[0] for entry in settings.entries("INSTALLED_APPS")}
    if apps and "django.contrib.auth" not in apps:
        yield NotApplicable("django.contrib.auth is not installed")
        return
    chosen = settings.possible("AUTH_USER_MODEL")
    if not chosen and (not settings.complete or not apps):
        yield CannotTell("AUTH_USER_MODEL is not set in the settings that could be followed")
        return
    if any(isinstance(p.value, Undetermined) for p in chosen):
        yield CannotTell("AUTH_USER_MODEL could not be told", chosen[0].where)
        return
    if chosen and any(p.value != "auth.User" for p in chosen):
        return
    related = [
        field.where
        for model in project.models.all
        for field in model.fields
        if field.to in ("auth.User", "settings.AUTH_USER_MODEL")
    ]
    yield practice.finding(
        chosen[0].where if chosen else settings.where("AUTH_USER_MODEL"),
        "The user model is django.contrib.auth's: it can get neither e-mail as the login nor a column, and each"
        " further migration that points to it makes a change dearer"
        + (f" ({len(related)} relations point to it now)." if related else "."),
        remedy='class User(AbstractUser): ... in an app of its own, AUTH_USER_MODEL = "accounts.User",'
        " before the first migration; later, follow ticket #25313's steps on a copy of the database first.",
        symbol="AUTH_USER_MODEL",
        proof="AUTH_USER_MODEL is " + ("auth.User" if chosen else "not set: Django's default is auth.User"),
        related=related[:3],
    )


EXAMPLES = (
    Breaks(
        {"config/settings.py": 'INSTALLED_APPS = ["django.contrib.auth", "shop"]\n'}, at="config/settings.py"
    ),
    Holds(
        {
            "config/settings.py": """
                INSTALLED_APPS = ["django.contrib.auth", "accounts"]
                AUTH_USER_MODEL = "accounts.User"
            """
        }
    ),
    LooksAlike({"config/settings.py": 'INSTALLED_APPS = ["shop"]\n'}, because="there are no users"),
)
