"""Working values for the environment variables that a project's settings read.

A variable is known by the setting that it decides (`DJANGO_DB_HOST` is the host because it stands in
DATABASES["default"]["HOST"]), and by its name where the settings could not be followed that far. What no
rule knows is left alone: a third party's key is never made up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.endpoints import endpoints_of
from tenfold.stack.plan import Change
from tenfold.stack.variable_rules import NO_BROKER, find_rule
from tenfold.stack.variables import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.config import UpConfig
    from tenfold.stack.endpoints import Endpoints
    from tenfold.stack.inspected import Inspected
    from tenfold.stack.site import Site
    from tenfold.stack.variable_rules import Rule
SETTINGS = "tenfold_settings"
_CHECKSUMS = {
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}
"""boto3 since 1.36 sends checksums that only Amazon's own S3 knows.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html"""
_SWITCH = re.compile(r"""\(['"](\w+)['"][^()]*\) (?:== |in [\[(])['"]((?:postgres|pgsql|psql)\w*)['"]""")
"""`os.getenv("DB") == "postgres"`, as the conditions of settings are written."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value for one variable."""

    name: str
    value: str
    shown: str
    why: str


def give_variables(
    inspected: Inspected, endpoints: Endpoints, config: UpConfig, *, own: frozenset[str] = frozenset()
) -> Iterator[Given]:
    """What the project's variables are set to; `own` are those that the person's environment has."""
    names = {variable.name for variable in inspected.variables}
    for name, word in _switches(inspected).items() if config.database != "keep" else ():
        yield Given(name, word, word, "the settings choose their PostgreSQL branch by it")
    for variable in _all_variables(inspected):
        rule = find_rule(variable)
        if rule is None or not _is_due(rule, variable, inspected, config, own):
            continue
        value = rule.value(endpoints, variable)
        if value is None or (value == NO_BROKER and variable.name in own):
            continue
        if value in ("False", "True") and (
            variable.cast in ("int", "float") or variable.name in inspected.plain
        ):
            value = str(int(value == "True"))
        yield Given(variable.name, value, _hide(value, endpoints), rule.why)
    if "celery" in inspected.installed and endpoints.broker and "CELERY_BROKER_URL" not in names:
        why = "Celery itself reads it, before any setting: where tasks go"
        yield Given("CELERY_BROKER_URL", endpoints.broker, _hide(endpoints.broker, endpoints), why)


def give_environment(
    site: Site, *, inherited: Mapping[str, str] | None = None
) -> tuple[Mapping[str, str], tuple[Change, ...]]:
    """The environment of every process of the project, and what of it is shown in the plan.

    `inherited` is the person's own environment: it keeps keys and addresses of third parties; what the
    stack itself provides (databases, caches, hosts) wins over it, and the configuration over both.
    """
    shape = site.shape
    person = inherited or {}
    given = {
        one.name: one
        for one in give_variables(shape.inspected, endpoints_of(site), site.config, own=frozenset(person))
        if one.name not in site.config.environment
    }
    environment = {
        **base_environment(site.folder, shape.paths, person),
        "TENFOLD_ROOT": shape.root,
        "TENFOLD_PYTHON": "{}.{}".format(*shape.python_version),
        **{name: one.value for name, one in given.items()},
        **(_CHECKSUMS if endpoints_of(site).storage else {}),
        **({"TENFOLD_METRICS_TOKEN": site.secrets["metrics"]} if shape.inspected.counts_itself else {}),
        **site.config.environment,
    }
    changes = [Change(one.name, one.shown, one.why) for one in given.values()]
    changes += [
        Change(name, "(set)", "given by --env or [tool.tenfold.up.environment]")
        for name in site.config.environment
    ]
    return environment, tuple(sorted(changes, key=lambda change: change.what))


def database_variables(inspected: Inspected) -> tuple[str, ...]:
    """Variables whose value leads to the stack's databases: without them the project finds its own."""
    named = [v.name for v in inspected.variables if (rule := find_rule(v)) and rule.kind == "database"]
    return (*named, *_switches(inspected))


def base_environment(folder: str, paths: tuple[str, ...], person: Mapping[str, str]) -> dict[str, str]:
    """What Python itself needs to find the overlay first, then the project."""
    theirs = [path for path in person.get("PYTHONPATH", "").split(":") if path]
    return {
        "PYTHONPATH": ":".join(dict.fromkeys((f"{folder}/overlay", *paths, *theirs))),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "TENFOLD_PACKAGES": f"{folder}/packages",
        "TENFOLD_PYCACHE": f"{folder}/cache/python",
        # Logs are files: what a process says must be there when it dies.
        "PYTHONUNBUFFERED": "1",
    }


def _all_variables(inspected: Inspected) -> tuple[Variable, ...]:
    """Those that the settings were seen to read, and those that they turned out to need."""
    known = {variable.name for variable in inspected.variables}
    unseen = sorted(inspected.demanded - known)
    return (*inspected.variables, *(Variable(name, ()) for name in unseen))


def _is_due(
    rule: Rule, variable: Variable, inspected: Inspected, config: UpConfig, own: frozenset[str]
) -> bool:
    if variable.name.endswith("_FILE"):
        return False
    demanded = variable.name in inspected.demanded
    if rule.kind == "database" and config.database == "keep":
        return demanded
    if rule.kind == "cache" and config.cache == "keep":
        return demanded
    if rule.kind == "secret" and not demanded:
        # A key of the person's own goes with data that was signed or encrypted by it.
        return variable.name not in own and variable.name not in inspected.kept
    if rule.kind == "storage":
        return demanded or "storage" in config.services
    return demanded or rule.always


def _switches(inspected: Inspected) -> dict[str, str]:
    """Variables whose comparison with "postgres" decides which DATABASES the settings build."""
    known = {variable.name for variable in inspected.variables}
    found: dict[str, str] = {}
    for variable in inspected.variables:
        for use in variable.uses:
            if use.setting.startswith("DATABASES."):
                for name, word in _SWITCH.findall(use.condition):
                    if name in known:
                        found.setdefault(name, word)
    return found


def _hide(value: str, endpoints: Endpoints) -> str:
    """The value as it may be shown."""
    for secret in (endpoints.secret, endpoints.password, endpoints.storage_secret, endpoints.storage_key):
        if secret and secret in value:
            value = value.replace(secret, "***")
    broker = re.sub(r"(//[^:/@]+:)[^@]+@", r"\1***@", value)
    return broker or '""'
