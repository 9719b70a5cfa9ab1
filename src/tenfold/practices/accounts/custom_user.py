"""A custom user model stands from the first migration.

A migration cannot change `auth.User`: one more column, e-mail as the only login or another primary key needs
a model of the project's own, and swapping it later means rewriting each foreign key to it by hand, in the
busiest tables. Until then such fields live in a profile table, which costs a join or a query per user.
Holds when AUTH_USER_MODEL names a model of the project. Once migrations refer to users the swap is no small
change, so the finding then has low impact and says how to keep the way open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="The user model is the project's own",
    broken="The user model is Django's own and cannot grow",
    impact=Impact.MEDIUM,
    sources=("PT1",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/topics/auth/customizing/#using-a-custom-user-model",),
)


_NOW = (
    "Before the first migration: class User(AbstractUser): pass in an app of its own (or AbstractEmailUser of"
    " django_tenfold.accounts.email_user, whose login is an e-mail address that is unique in any case), and"
    ' AUTH_USER_MODEL = "accounts.User".'
)
_LATER = (
    "Refer to settings.AUTH_USER_MODEL and get_user_model() only, so that a swap stays possible. When users need"
    ' a column: class User(AbstractUser) with db_table = "auth_user", AUTH_USER_MODEL, and the steps of Django\'s'
    " ticket #25313, on a copy of the database first."
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
    yield _report(project, chosen[0] if chosen else None)


def _report(project: Project, chosen: Possible | None) -> Judgement:
    related = [
        field.where
        for model in project.models.all
        for field in model.fields
        if field.to in ("auth.User", "settings.AUTH_USER_MODEL")
    ]
    settled = bool(related and project.migrations.all)
    count = f"{len(related)} relation{'s' if len(related) > 1 else ''}"
    points = f" {count} of the project refer{'' if len(related) > 1 else 's'} to it now." if related else ""
    return practice.finding(
        chosen.where if chosen else project.settings.where("AUTH_USER_MODEL"),
        "Users are django.contrib.auth's User, which no migration of this project can give a column, a unique"
        f" e-mail or another key; every relation to it makes a later swap dearer.{points}",
        remedy=_LATER if settled else _NOW,
        symbol="AUTH_USER_MODEL",
        proof="AUTH_USER_MODEL is " + ("auth.User" if chosen else "not set: Django's default is auth.User"),
        related=related[:3],
        impact=Impact.LOW if settled else None,
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
