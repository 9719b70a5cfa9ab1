"""The environment variables that a project's settings read, each with what it decides for an export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.stack.export.input import Variable
from tenfold.stack.variable_rules import find_role
from tenfold.stack.variables import read_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.settings import Settings
    from tenfold.stack.variables import Variable as Read

_SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|CREDENTIAL|(^|_)KEY$|API_?KEY|DSN$|_AUTH$|SALT"
)
_SECRET_ROLES = frozenset({"secret-key", "database-password", "database-url", "replica-url"})
_STORES = frozenset({"cache-url", "broker-url", "results-url"})
_CHOICE = re.compile(r"""(?:os\.)?(?:getenv|environ\.get)\(["'](\w+)["'](?:, [^)]*)?\) == ["'](\w+)["']""")
OF_THE_PLATFORM = frozenset(
    {"DJANGO_SETTINGS_MODULE", "PATH", "HOME", "PORT", "HOSTNAME", "PYTHONPATH", "USER"}
)


def list_variables(settings: Settings) -> tuple[Variable, ...]:
    """Every variable that the settings read, in the order of the settings' own lines."""
    chosen = dict(_choices(settings))
    known = {one.name: one for one in read_variables(settings)}
    made = []
    for name, places in settings.variables.items():
        if name in OF_THE_PLATFORM:
            continue
        role = f"={chosen[name]}" if name in chosen else _role(known[name])
        if role in _STORES and "TLS" in name:  # a store inside the stack's own network speaks plainly
            role = ""
        secret = role in _SECRET_ROLES or (not role and is_secret(name))
        made.append(Variable(name, role, str(places[0]) if places else "", secret))
    return tuple(made)


def _role(variable: Read) -> str:
    if any(use.setting.endswith(".CONN_MAX_AGE") for use in variable.uses):
        return "database-age"
    if variable.name.endswith("DATABASE_POOLER"):  # of django_tenfold.conf: none, session or transaction
        return "pooler-mode"
    return find_role(variable)


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds a secret. A name that ends in _FILE points at one."""
    return bool(_SECRET.search(name.upper())) and not name.endswith(("_FILE", "_PATH", "_URL"))


def _choices(settings: Settings) -> Iterator[tuple[str, str]]:
    """(variable, value) that must be set for the branch of the settings that takes PostgreSQL."""
    for possible in settings.possible("DATABASES", "default", "ENGINE"):
        if "postg" not in str(possible.value):
            continue
        for branch in possible.branches:
            found = _CHOICE.fullmatch(branch.test)
            if found and branch.taken:
                yield found[1], found[2]
