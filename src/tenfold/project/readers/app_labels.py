"""Which app a module belongs to, and the app's label."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.project.settings import Settings
    from tenfold.project.source import Module, Source


@dataclass(frozen=True)
class AppLabels:
    """`labels` maps an app's package to its label; `installed` holds the packages of INSTALLED_APPS."""

    labels: Mapping[str, str] = field(default_factory=dict)
    installed: frozenset[str] = frozenset()

    def package(self, module: str) -> str:
        """The app that Django would choose: the longest known package that holds the module; else what
        stands before `models` or `migrations`; else the module's own package."""
        parts = module.split(".")
        for size in range(len(parts), 0, -1):
            package = ".".join(parts[:size])
            if package in self.labels or package in self.installed:
                return package
        for marker in ("models", "migrations"):
            if marker in parts[1:]:
                return ".".join(parts[: parts.index(marker, 1)])
        return ".".join(parts[:-1]) or module

    def label(self, module: str) -> str:
        """The label of the app that holds the module."""
        package = self.package(module)
        return self.labels.get(package, package.rpartition(".")[2])


def read_app_labels(source: Source, settings: Settings) -> AppLabels:
    """From AppConfig classes in the project and from INSTALLED_APPS."""
    configured: dict[str, str] = {}
    packages: dict[str, str] = {}
    for module, scope in source.subclasses("django.apps.AppConfig"):
        texts = {
            name: assigned.value
            for name, assigned in module.attributes(scope).items()
            if isinstance(assigned.value, str)
        }
        package = texts.get("name", module.name.rpartition(".")[0])
        configured[package] = texts.get("label", package.rpartition(".")[2])
        packages[module.qualname(scope)] = package
    entries = [entry.value for entry in settings.entries("INSTALLED_APPS", development=True)]
    names = [name for name in entries if isinstance(name, str)]
    installed = frozenset(packages.get(name) or _package_of(name, source) for name in names)
    return AppLabels(configured, installed)


def _package_of(name: str, source: Source) -> str:
    """The package of an INSTALLED_APPS entry that names no AppConfig of the project."""
    before, _, last = name.rpartition(".")
    if last.endswith("Config") and last[0].isupper() and name not in source.by_name:
        return before.removesuffix(".apps")
    return name


def is_test_module(module: Module, apps: AppLabels) -> bool:
    """Whether it stands among tests and belongs to no installed app."""
    folders = module.path.split("/")
    in_tests = any(part in ("test", "tests", "testing") for part in folders[:-1])
    name = folders[-1]
    named = name.startswith("test_") or name in ("tests.py", "conftest.py")
    return (in_tests or named) and apps.package(module.name) not in apps.installed


def find_user_model(settings: Settings) -> str:
    """AUTH_USER_MODEL, Django's own when it is not set."""
    texts = [p.value for p in settings.possible("AUTH_USER_MODEL") if isinstance(p.value, str)]
    return texts[0] if texts else "auth.User"
