"""The settings that a URL describes: DATABASES, CACHES, STORAGES, mail and the tasks' broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_tenfold.conf.brokers import check_broker
from django_tenfold.conf.caches import build_cache
from django_tenfold.conf.databases import POOLERS, Serving, build_database
from django_tenfold.conf.ladder import (
    LEAST_TIMEOUT,
    LONGEST_TIMEOUT,
    REQUEST_TIMEOUT,
    TASK_TIMEOUT,
    build_ladder,
)
from django_tenfold.conf.mail import build_mail
from django_tenfold.conf.processes import ROLES, SERVERS, detect_role, detect_server
from django_tenfold.conf.storages import HASHED, PLAIN, build_storage
from django_tenfold.conf.variables import ABSENT, MalformedError, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.conf.reading import Reader

_MISSING = "django.db.backends.dummy"


class ServiceSettings:
    """The part of `Environment` that reads URLs."""

    _reader: Reader

    def databases(
        self,
        name: str = "DATABASE_URL",
        *,
        application_name: str = "django",
        default: Any = ABSENT,
        development: Any = ABSENT,
        request_timeout: float = REQUEST_TIMEOUT,
        task_timeout: float = TASK_TIMEOUT,
        pooler: str = "none",
        server: str = "",
        help: str = "The database.",
        example: str = "postgres://user:password@host:5432/name",
    ) -> dict[str, dict[str, Any]]:
        """DATABASES: `default` from DATABASE_URL, `replica1`... from REPLICA_URLS, `direct` from DIRECT_URL."""
        serving = self._read_serving(
            application_name,
            request_timeout=request_timeout,
            task_timeout=task_timeout,
            pooler=pooler,
            server=server,
        )
        variable = self._describe(
            name, "database_url", default is ABSENT, help=help, example=example, secret=True
        )
        found = {
            "default": self._read_url(
                variable,
                lambda url: build_database(url, serving),
                default=default,
                development=development,
                placeholder=lambda: {"ENGINE": _MISSING, "NAME": "", "OPTIONS": {}},
            )
        }
        replicas = self._describe(
            "REPLICA_URLS",
            "database_urls",
            False,
            help="Read replicas, with commas between.",
            secret=True,
            example="postgres://user:password@replica:5432/name",
        )
        built = (
            self._read_url(
                replicas,
                lambda urls: [build_database(url, serving) for url in urls.split(",") if url],
                default=(),
            )
            or ()
        )
        for number, entry in enumerate(built, start=1):
            found[f"replica{number}"] = {**entry, "TEST": {"MIRROR": "default"}}
        direct = self._describe(
            "DIRECT_URL",
            "database_url",
            False,
            secret=True,
            example="postgres://user:password@host:5432/name",
            help="The same database without the pooler, for migrations: migrate --database=direct.",
        )
        straight = Serving(serving.name, serving.role, "", "none", serving.ladder)
        entry = self._read_url(direct, lambda url: build_database(url, straight), default=None)
        if entry:
            found["direct"] = {**entry, "TEST": {"MIRROR": "default"}}
        return found

    def caches(
        self,
        name: str = "CACHE_URL",
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        prefix: str = "",
        timeout: int | None = 300,
        help: str = "The cache that all processes share.",
        example: str = "redis://:password@host:6379/0",
    ) -> dict[str, dict[str, Any]]:
        """CACHES with its `default`."""
        variable = self._describe(
            name, "cache_url", default is ABSENT, help=help, example=example, secret=True
        )
        entry = self._read_url(
            variable,
            lambda url: build_cache(url, prefix=prefix, timeout=timeout),
            default=default,
            development=development,
            placeholder=lambda: build_cache("dummy://"),
        )
        return {"default": entry}

    def storages(
        self,
        name: str = "STORAGE_URL",
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        static: str = HASHED,
        help: str = "Where uploads are kept.",
        example: str = "s3://key:secret@bucket?region_name=eu-central-1",
    ) -> dict[str, dict[str, Any]]:
        """STORAGES: uploads by STORAGE_URL, static files with hashed names (plain ones in development)."""
        variable = self._describe(
            name, "storage_url", default is ABSENT, help=help, example=example, secret=True
        )
        entry = self._read_url(
            variable,
            build_storage,
            default=default,
            development=development,
            placeholder=lambda: build_storage("memory://"),
        )
        return {"default": entry, "staticfiles": {"BACKEND": PLAIN if self._reader.development else static}}

    def email(
        self,
        name: str = "EMAIL_URL",
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        help: str = "The mail server.",
        example: str = "smtp+tls://user:password@host:587",
    ) -> dict[str, Any]:
        """MAILERS (Django 6.1 on) or the EMAIL_* settings, for `globals().update(env.email())`."""
        variable = self._describe(
            name, "email_url", default is ABSENT, help=help, example=example, secret=True
        )
        return self._read_url(
            variable,
            build_mail,
            default=default,
            development=development,
            placeholder=lambda: build_mail("dummy://"),
        )

    def broker(
        self,
        name: str = "BROKER_URL",
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        help: str = "Where tasks are queued.",
        example: str = "redis://:password@host:6379/1",
    ) -> str:
        """The URL of the tasks' broker."""
        variable = self._describe(
            name, "broker_url", default is ABSENT, help=help, example=example, secret=True
        )
        return self._read_url(
            variable, check_broker, default=default, development=development, placeholder="memory://"
        )

    def _describe(
        self, name: str, kind: str, required: bool, *, help: str, example: str, secret: bool = False
    ) -> Variable:
        return Variable(self._reader.prefix + name, kind, required, help, example, secret)

    def _read_url(
        self,
        variable: Variable,
        build: Callable[[str], Any],
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        placeholder: Any = None,
    ) -> Any:
        """Defaults are URLs too."""
        reader = self._reader
        bare = variable.name.removeprefix(reader.prefix)
        value = reader.read(
            variable,
            lambda: build(reader.environs.str(bare)),
            default=default,
            development=development,
            placeholder=placeholder,
        )
        return build(value) if isinstance(value, str) and build is not check_broker else value

    def _read_serving(
        self, name: str, *, request_timeout: float, task_timeout: float, pooler: str, server: str
    ) -> Serving:
        told = self._choice(
            "SERVER_TYPE", SERVERS, server or detect_server(), help="How requests are served."
        )
        role = self._choice("PROCESS_ROLE", ROLES, detect_role(server=told), help="What this process does.")
        kept = self._choice(
            "DATABASE_POOLER", POOLERS, pooler, help="PgBouncer's pool_mode before the database."
        )
        request = self._seconds("REQUEST_TIMEOUT", request_timeout, help="Seconds a request may take.")
        task = self._seconds("TASK_TIMEOUT", task_timeout, help="Seconds a task may take.")
        return Serving(name, role, told, kept, build_ladder(role, request=request, task=task))

    def _choice(self, name: str, choices: tuple[str, ...], default: str, *, help: str) -> str:
        variable = self._describe(name, "str", False, help=help, example=choices[0])

        def parse() -> str:
            value = self._reader.environs.str(name)
            if value not in choices:
                raise MalformedError(f"must be one of {', '.join(choices)}")
            return str(value)

        return str(self._reader.read(variable, parse, default=default, placeholder=default) or default)

    def _seconds(self, name: str, default: float, *, help: str) -> float:
        variable = self._describe(name, "float", False, help=help, example=f"{default:g}")

        def parse() -> float:
            value = float(self._reader.environs.float(name))
            if not LEAST_TIMEOUT <= value <= LONGEST_TIMEOUT:
                raise MalformedError(f"must be between {LEAST_TIMEOUT:g} and {LONGEST_TIMEOUT:g} seconds")
            return value

        return float(self._reader.read(variable, parse, default=default, placeholder=default))
