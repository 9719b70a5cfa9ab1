"""App names and labels are unique.

Two apps with one label share their tables' prefix, their migrations' names and their permissions; Django
refuses to start when it sees both, so the clash shows at the release that adds the second.
Holds when every entry of INSTALLED_APPS has a label of its own, through `AppConfig.label` if need be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.source import Module

practice = Practice(
    __name__,
    held="App labels are unique",
    broken="Two installed apps share a label",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("PT7",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/applications/#django.apps.AppConfig.label",),
)


def check(project: Project) -> Iterator[Judgement]:
    for value in project.settings.possible("INSTALLED_APPS"):
        if isinstance(value.value, Undetermined):
            yield CannotTell(f"INSTALLED_APPS: {value.value.why}", value.where)
            continue
        if not isinstance(value.value, list | tuple):
            continue
        first: dict[str, str] = {}
        for app in (entry for entry in value.value if isinstance(entry, str)):
            label = _label(project, app)
            if label in first:
                yield practice.finding(
                    value.where,
                    f"{app} and {first[label]} both have the label {label!r}: Django refuses to start.",
                    remedy=f"Remove one of them, or give its AppConfig a label of its own: label = "
                    f'"{app.partition(".apps.")[0].replace(".", "_")}"',
                    symbol=f"INSTALLED_APPS.{app}",
                )
            first.setdefault(label, app)


def _label(project: Project, app: str) -> str:
    """The label of an entry; the whole entry where a package from elsewhere may choose another label."""
    if app.startswith("django.contrib.") and ".apps." not in app:
        return app.rpartition(".")[2]
    config = project.source.find(app) or _default_config(project, app)
    if config:
        module, scope = config
        attributes = module.attributes(scope)
        for attribute in ("label", "name"):
            value = attributes[attribute].value if attribute in attributes else None
            if isinstance(value, str):
                return value.rpartition(".")[2]
    return app.rpartition(".")[2] if app in project.source.by_name else app


def _default_config(project: Project, app: str) -> tuple[Module, int] | None:
    """The AppConfig that Django picks for a package: the only one in its `apps` module."""
    module = project.source.by_name.get(f"{app}.apps")
    configs = [n for n, s in enumerate(module.scopes) if s.kind == "class"] if module else []
    return (module, configs[0]) if module and len(configs) == 1 else None


EXAMPLES = (
    Breaks(
        {"config/settings.py": 'INSTALLED_APPS = ["shop", "legacy.shop"]\n', "legacy/shop/__init__.py": ""},
        at="config/settings.py:1",
    ),
    Holds({"config/settings.py": 'INSTALLED_APPS = ["django.contrib.auth", "shop"]\n'}),
    LooksAlike(
        {
            "config/settings.py": 'INSTALLED_APPS = ["shop", "legacy.shop.apps.LegacyConfig"]\n',
            "legacy/shop/__init__.py": "",
            "legacy/shop/apps.py": """
                from django.apps import AppConfig

                class LegacyConfig(AppConfig):
                    name = "legacy.shop"
                    label = "legacy_shop"
            """,
        },
        because="the AppConfig gives a label of its own",
    ),
)
