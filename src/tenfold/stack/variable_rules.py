"""Which environment variable means what: by the setting that it decides, else by its name.

The first rule that knows a variable gives its value. Names without a setting are those that real
projects use (search of 58 public projects' settings).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tenfold.stack.addresses import DATABASE, LOOPBACK, USER
from tenfold.stack.endpoints import BUCKET

if TYPE_CHECKING:
    from tenfold.stack.endpoints import Endpoints
    from tenfold.stack.variables import Variable

ValueOf = Callable[["Endpoints", "Variable"], "str | None"]
_REPLICA = re.compile(
    r"replica|(?:^|[_-])(?:read|ro|readonly|read_only|slave|follower|standby)\d*(?:$|[_-])", re.IGNORECASE
)
_LOCAL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(?!3000|5173|4200)\d+)?(/?)$")
"""A default that means this very site; 3000, 5173 and 4200 are front ends' own servers."""


@dataclass(frozen=True, slots=True)
class Rule:
    kind: str
    """ "database", "cache", "tasks", "secret", "site", "mail", "storage", "files"."""
    setting: str
    """Pattern of the whole setting that it decides, "" for none."""
    name: str
    """Pattern of the whole name, for a variable of which no setting is known; "" for none."""
    value: ValueOf
    why: str
    always: bool = True
    """False: only when the settings do not start without it."""

    casts: frozenset[str] = frozenset()
    """How it must be read for `setting` to count; empty: any way but as a URL that is taken apart."""
    default: str = ""
    """Pattern that one of its defaults must match."""
    role: str = ""
    """What it decides, for an export, whose values are others: "database-url", "hosts"; "" when the export leaves it to
    the project's people."""

    def knows(self, variable: Variable) -> bool:
        if self.default and not any(re.match(self.default, use.default or "") for use in variable.uses):
            return False
        if any(re.fullmatch(self.setting, use.setting) and self._fits(use.cast) for use in variable.uses):
            return True
        followed = any(use.setting.partition(".")[0] in _FOLLOWED for use in variable.uses)
        return not followed and bool(re.fullmatch(self.name, variable.name))

    def _fits(self, cast: str) -> bool:
        return cast in self.casts if self.casts else not cast.endswith("_url")


NO_BROKER = "memory://"
_FOLLOWED = frozenset({"DATABASES", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "MEDIA_ROOT", "STATIC_ROOT"})
"""Settings that say enough: a variable that decides one of them is not judged by its name as well."""


def is_replica(alias: str) -> bool:
    """Whether a database alias is named as one that is read from only."""
    return bool(_REPLICA.search(alias))


def database_name(alias: str) -> str:
    """The database that an alias of its own gets; "direct" is `default` without its pooler."""
    return DATABASE if alias in ("default", "direct") or is_replica(alias) else f"{DATABASE}_{alias.lower()}"


def _alias(variable: Variable) -> str:
    found = [use.setting.split(".")[1] for use in variable.uses if use.setting.startswith("DATABASES.")]
    if "default" in found:
        return "default"
    named = re.match(r"(\w+?)_(?:DATABASE|DB|POSTGRES)_(?:URL|URI)$", variable.name)
    return found[0] if found else named[1].lower() if named and is_replica(named[1]) else "default"


def _url(endpoints: Endpoints, variable: Variable) -> str:
    alias = _alias(variable)
    gis = "postgis" in (variable.default or "")
    return endpoints.database_url(
        scheme="postgis" if gis else "postgres", name=database_name(alias), replica=is_replica(alias)
    )


def _broker(endpoints: Endpoints, variable: Variable) -> str | None:
    """Without a broker, because nothing of the project consumes tasks, settings that insist on one get none that
    leaves the process."""
    if not endpoints.broker and variable.name.endswith("BROKER_URL") and variable.default is None:
        return NO_BROKER
    return endpoints.broker or None


def _replica_urls(endpoints: Endpoints, _: Variable) -> str | None:
    """None without a replica: a list of none is what its absence means."""
    return endpoints.database_url(replica=True) if endpoints.replica else None


def _storage(endpoints: Endpoints, _: Variable) -> str:
    """As `Environment.storages` of django_tenfold.conf reads it."""
    if not endpoints.storage:
        return f"file://{quote(endpoints.folder)}/media"
    keys = f"{endpoints.storage_key}:{endpoints.storage_secret}"
    where = f"endpoint_url={endpoints.storage_url}&region_name=us-east-1&addressing_style=path"
    return f"s3://{keys}@{BUCKET}?{where}"


def _engine(_: Endpoints, variable: Variable) -> str | None:
    default = variable.default or ""
    if "postg" in default or "psqlextra" in default:
        return None
    return "django.db.backends.postgresql" if not default or "." in default else "postgresql"


def _port(endpoints: Endpoints, variable: Variable) -> str:
    replica = is_replica(_alias(variable)) and endpoints.replica
    return str(replica or endpoints.postgres)


def _redis(endpoints: Endpoints, variable: Variable) -> str | None:
    if re.search(r"TLS|SSL", variable.name) or not endpoints.cache:
        return None
    return endpoints.cache_url


def _location(endpoints: Endpoints, variable: Variable) -> str | None:
    told = (variable.default or "").startswith(("redis", "valkey"))
    named = re.search(r"(REDIS|VALKEY|CACHE)\w*_(URL|URI|DSN|LOCATION)$", variable.name)
    return _redis(endpoints, variable) if told or (named and not variable.default) else None


def _results(endpoints: Endpoints, variable: Variable) -> str | None:
    if not re.match(r"$|redis|amqp|rpc|pyamqp", variable.default or ""):
        return None  # django-db, a file: results stay where the project wants them
    return endpoints.broker.removesuffix("/0") + "/1" if endpoints.broker.startswith("redis") else "rpc://"


def _hosts(_: Endpoints, variable: Variable) -> str | None:
    if "*" in (variable.default or ""):
        return None
    return json.dumps(["localhost"]) if variable.cast == "json" else "localhost"


def _origins(endpoints: Endpoints, variable: Variable) -> str:
    return json.dumps([endpoints.public]) if variable.cast == "json" else endpoints.public


def _site(endpoints: Endpoints, variable: Variable) -> str | None:
    default = variable.default
    if default is None:
        return endpoints.public
    found = _LOCAL.match(default)
    return endpoints.public + found[1] if found else None


def _debug(_: Endpoints, variable: Variable) -> str:
    return "0" if variable.cast in ("int", "float") else "false" if variable.cast == "json" else "False"


def _fernet(endpoints: Endpoints, _: Variable) -> str:
    """32 bytes as URL-safe base64: what Fernet takes, and any other use of a key."""
    return base64.urlsafe_b64encode(hashlib.sha256(endpoints.secret.encode()).digest()).decode()


def _mail_port(endpoints: Endpoints, _: Variable) -> str | None:
    return str(endpoints.mail) if endpoints.mail else None


def _when_mail(text: str) -> ValueOf:
    return lambda endpoints, _: text if endpoints.mail else None


_NAMED_SITE = (
    r"(?:\w+_)?(?:SITE|BASE|PUBLIC|BACKEND|SERVER|APP|ROOT|HOST)_?(?:URL|ROOT|DOMAIN|ORIGIN)"
    r"|(?:\w+_)?BASE_BACKEND_URL"
)
_STACK = "the stack's own PostgreSQL"
_DB = r"(?:\w+_)?(?:POSTGRES|POSTGRESQL|PG|DB|DATABASE|SQL|RDS)_?"
_OF = r"DATABASES\.\w+\."
RULES: tuple[Rule, ...] = (
    Rule(
        "database",
        r"DATABASES\..*",
        r"(?:\w+_)?(?:DATABASE|POSTGRES|POSTGRESQL|DB|PG)_?(?:URL|URI|DSN)",
        _url,
        _STACK,
        casts=frozenset({"db_url"}),
        role="database-url",
    ),
    Rule("database", "", "REPLICA_URLS", _replica_urls, "the stack's replica", role="replica-url"),
    Rule("site", _NAMED_SITE, _NAMED_SITE, _site, "what a person opens", default=_LOCAL.pattern),
    Rule("database", _OF + "ENGINE", _DB + "ENGINE", _engine, _STACK, role="database-engine"),
    Rule("database", _OF + "HOST", _DB + r"HOST(?:NAME)?", lambda *_: LOOPBACK, _STACK, role="database-host"),
    Rule("database", _OF + "PORT", _DB + "PORT", _port, _STACK, role="database-port"),
    Rule("database", _OF + "USER", _DB + r"USER(?:NAME)?", lambda *_: USER, _STACK, role="database-user"),
    Rule(
        "database",
        _OF + "PASSWORD",
        _DB + r"(?:PASSWORD|PASS|PWD)",
        lambda e, _: e.password,
        _STACK,
        role="database-password",
    ),
    Rule(
        "database",
        _OF + "NAME",
        _DB + r"(?:NAME|DB|DATABASE)",
        lambda _, v: database_name(_alias(v)),
        _STACK,
        role="database-name",
    ),
    Rule("database", _OF + r"OPTIONS\.sslmode", _DB + "SSL_?MODE", lambda *_: "disable", "no TLS to itself"),
    Rule(
        "tasks",
        r"(?:\w+_)?BROKER_URL",
        r"(?:\w+_)?(?:CELERY_BROKER|BROKER|RABBITMQ|AMQP|CLOUDAMQP)(?:_URL)?",
        _broker,
        "the stack's broker",
        role="broker-url",
    ),
    Rule(
        "tasks",
        r"(?:\w+_)?RESULT_BACKEND",
        r"CELERY_RESULT_BACKEND",
        _results,
        "results beside the broker",
        role="results-url",
    ),
    Rule("cache", r"CACHES\.\w+\.LOCATION(?:\[\])?", "", _location, "the stack's Valkey", role="cache-url"),
    Rule(
        "cache",
        "",
        r"(?:\w+_)?(?:REDIS|VALKEY|CACHE)(?:_\w+)?_(?:URL|URI|DSN)|REDISCLOUD_URL",
        _redis,
        "the stack's Valkey; without a database number, since code may append one",
        role="cache-url",
    ),
    Rule(
        "cache",
        "",
        r"(?:\w+_)?(?:REDIS|VALKEY)_HOST(?:NAME)?",
        lambda *_: LOOPBACK,
        "the stack's Valkey",
        role="cache-host",
    ),
    Rule(
        "cache",
        "",
        r"(?:\w+_)?(?:REDIS|VALKEY)_PORT",
        lambda e, _: str(e.cache),
        "the stack's Valkey",
        role="cache-port",
    ),
    Rule(
        "secret",
        "SECRET_KEY",
        r"(?:DJANGO_|APP_|WEB_|SITE_)?SECRET_?KEY(?:_BASE)?|DJANGO_SECRET",
        lambda e, _: e.secret,
        "made once, kept in .tenfold/secrets.json",
        role="secret-key",
    ),
    Rule(
        "secret",
        "",
        r"(?:\w+_)?(?:FERNET|ENCRYPTION|SIGNING)_KEY|(?:\w+_)?(?:JWT|SESSION)_SECRET(?:_KEY)?|SECRET",
        _fernet,
        "the settings need it; made from the stack's own secret",
        always=False,
    ),
    Rule("site", "DEBUG", r"(?:DJANGO_|APP_)?DEBUG", _debug, "production runs without DEBUG", role="debug"),
    Rule(
        "site",
        r"ALLOWED_HOSTS(?:\[\])?",
        r"(?:DJANGO_)?ALLOWED_HOSTS?",
        _hosts,
        "the edge answers as it",
        role="hosts",
    ),
    Rule(
        "site",
        r"CSRF_TRUSTED_ORIGINS(?:\[\])?",
        r"(?:DJANGO_)?CSRF_TRUSTED_ORIGINS",
        _origins,
        "the edge's own address",
        role="origins",
    ),
    Rule("site", "", r"(?:DJANGO_)?(?:SITE|BASE|PUBLIC|APP)_URL", _site, "what a person opens", always=False),
    Rule(
        "files",
        "MEDIA_ROOT",
        r"(?:DJANGO_)?MEDIA_ROOT",
        lambda e, _: f"{e.folder}/media",
        "below .tenfold",
        role="media-root",
    ),
    Rule(
        "files",
        "STATIC_ROOT",
        r"(?:DJANGO_)?STATIC_ROOT",
        lambda e, _: f"{e.folder}/static",
        "below .tenfold",
        role="static-root",
    ),
    Rule(
        "mail",
        "",
        r"EMAIL_URL",
        lambda e, _: f"smtp://{LOOPBACK}:{e.mail}" if e.mail else None,
        "the mail sink",
        role="mail-url",
    ),
    Rule(
        "mail", r"EMAIL_HOST|MAILERS\.\w+\.OPTIONS\.host", "EMAIL_HOST", _when_mail(LOOPBACK), "the mail sink"
    ),
    Rule("mail", r"EMAIL_PORT|MAILERS\.\w+\.OPTIONS\.port", "EMAIL_PORT", _mail_port, "the mail sink"),
    Rule(
        "mail",
        r"EMAIL_USE_(?:TLS|SSL)|MAILERS\.\w+\.OPTIONS\.use_(?:tls|ssl)",
        r"EMAIL_USE_(?:TLS|SSL)",
        _when_mail("False"),
        "the mail sink speaks plain SMTP",
    ),
    Rule(
        "mail",
        r"EMAIL_HOST_(?:USER|PASSWORD)|MAILERS\.\w+\.OPTIONS\.(?:username|password)",
        r"EMAIL_HOST_(?:USER|PASSWORD)",
        _when_mail(""),
        "the mail sink asks for none",
        always=False,
    ),
    Rule(
        "storage",
        r"STORAGES\.\w+\.BACKEND",
        "STORAGE_URL",
        _storage,
        "the stack's S3, else a folder below .tenfold",
        casts=frozenset({"storage_url"}),
        role="storage-url",
    ),
    Rule("storage", "", r"(?:AWS_)?(?:S3_|STORAGE_)BUCKET(?:_NAME)?", lambda *_: BUCKET, "the stack's S3"),
    Rule("storage", "", r"AWS_(?:S3_)?ACCESS_KEY_ID", lambda e, _: e.storage_key, "the stack's S3"),
    Rule("storage", "", r"AWS_(?:S3_)?SECRET_ACCESS_KEY", lambda e, _: e.storage_secret, "the stack's S3"),
    Rule("storage", "", r"AWS_S3_ENDPOINT_URL", lambda e, _: e.storage_url or None, "the stack's S3"),
    Rule("storage", "", r"AWS_(?:S3_|DEFAULT_)?REGION(?:_NAME)?", lambda *_: "us-east-1", "the stack's S3"),
)


def find_role(variable: Variable) -> str:
    """What the variable decides, as `Rule.role` names it; one of a replica's is "replica-url" where it is a URL."""
    rule = find_rule(variable)
    if rule is None:
        return ""
    return "replica-url" if rule.role == "database-url" and is_replica(_alias(variable)) else rule.role


def find_rule(variable: Variable) -> Rule | None:
    """The rule that knows the variable, None when none does."""
    return next((rule for rule in RULES if rule.knows(variable)), None)
