"""The settings that a URL describes: DATABASES, CACHES, STORAGES, mail and the tasks' broker."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

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


class ServiceSettings:
    """The part of `Environment` that reads URLs. A `default` or `development` value is a URL too, or a path."""

    _reader: Reader
    serving: Serving | None = None
    """What `databases()` found this process to be."""

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
        """DATABASES: `default` from DATABASE_URL, `replica1` and on from REPLICA_URLS, `direct` from DIRECT_URL.

        `application_name` is what pg_stat_activity shows, with the role of the process. Times are in seconds.
        """
        roles = self._read_roles(pooler, server)
        serving = self._read_serving(application_name, roles, request=request_timeout, task=task_timeout)
        self.serving = serving
        variable = self._describe(name, "database_url", help, example, required=default is ABSENT)
        found = {
            "default": self._read_url(
                variable,
                lambda url: build_database(url, serving),
                default=default,
                development=development,
                placeholder={"ENGINE": "django.db.backends.dummy", "NAME": "", "OPTIONS": {}},
                path="sqlite:///",
            ),
            **self._read_replicas(serving),
        }
        if direct := self._read_direct(serving):
            found["direct"] = {**direct, "TEST": {"MIRROR": "default"}}
            if serving.role == "migrate":
                found["default"] = direct
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
        """CACHES with its `default`; `timeout` (seconds) is how long an entry lives that says nothing else."""
        variable = self._describe(name, "cache_url", help, example, required=default is ABSENT)
        entry = self._read_url(
            variable,
            lambda url: build_cache(url, prefix=prefix, timeout=timeout),
            default=default,
            development=development,
            placeholder=build_cache("dummy://"),
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
        """STORAGES: uploads by STORAGE_URL; static files by `static`, in development with plain names."""
        variable = self._describe(name, "storage_url", help, example, required=default is ABSENT)
        entry = self._read_url(
            variable,
            build_storage,
            default=default,
            development=development,
            placeholder=build_storage("memory:"),
            path="file://",
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
        """MAILERS (from Django 6.1 on) or the EMAIL_* settings: `globals().update(env.email())`."""
        variable = self._describe(name, "email_url", help, example, required=default is ABSENT)
        return self._read_url(
            variable,
            build_mail,
            default=default,
            development=development,
            placeholder=build_mail("dummy:"),
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
        """The URL of the tasks' broker, as it was given."""
        variable = self._describe(name, "broker_url", help, example, required=default is ABSENT)
        return self._read_url(
            variable, check_broker, default=default, development=development, placeholder="memory://"
        )

    def _describe(self, name: str, kind: str, help: str, example: str, *, required: bool = False) -> Variable:
        return Variable(
            self._reader.prefix + name, kind, required, help, example, secret=kind.endswith(("_url", "_urls"))
        )

    def _read_url(
        self,
        variable: Variable,
        build: Callable[[str], Any],
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        placeholder: Any = None,
        path: str = "",
    ) -> Any:
        """What `build` makes of the variable's URL, or of the default's; a path is one with `path` before it."""
        reader = self._reader
        bare = variable.name.removeprefix(reader.prefix)
        # What is made already comes in a tuple, so that it is told from a default, which is a URL yet.
        found = reader.read(
            variable,
            lambda: (build(reader.environs.str(bare)),),
            default=default,
            development=development,
            placeholder=(placeholder,),
        )
        if isinstance(found, tuple):
            return found[0]
        if found is None:
            return None
        try:
            return build(path + quote(str(found)) if isinstance(found, PurePath) else found)
        except MalformedError as error:
            reader.note(variable, f"is not set, and its default {error}")
            return placeholder

    def _read_replicas(self, serving: Serving) -> dict[str, dict[str, Any]]:
        example = "postgres://user:password@replica1:5432/name,postgres://user:password@replica2:5432/name"
        variable = self._describe("REPLICA_URLS", "database_urls", "Read replicas, commas between.", example)

        def build(urls: str) -> list[dict[str, Any]]:
            return [build_database(url.strip(), serving) for url in urls.split(",") if url.strip()]

        entries = self._read_url(variable, build, default="") or []
        return {
            f"replica{number}": {**entry, "TEST": {"MIRROR": "default"}}
            for number, entry in enumerate(entries, start=1)
        }

    def _read_direct(self, serving: Serving) -> dict[str, Any] | None:
        """The database without its pooler: what `migrate` works on, and the alias "direct" for sessions that must
        stay on one connection (LISTEN, advisory locks, dumps)."""
        help = "The same database without the pooler: migrations use it."
        variable = self._describe(
            "DIRECT_URL", "database_url", help, "postgres://user:password@host:5432/name"
        )
        straight = Serving(serving.name, serving.role, serving.server, "none", serving.ladder)
        return self._read_url(variable, lambda url: build_database(url, straight), default=None)

    def _read_roles(self, pooler: str, server: str) -> tuple[str, str, str]:
        """(server, role, pooler), each by its variable, else as detected or as the settings say."""
        told = self._choose("SERVER_TYPE", SERVERS, server or detect_server(), "How requests are served.")
        role = self._choose("PROCESS_ROLE", ROLES, detect_role(server=told), "What this process does.")
        mode = self._choose(
            "DATABASE_POOLER", POOLERS, pooler, "The pool_mode of the PgBouncer before the database."
        )
        return told, role, mode

    def _read_serving(
        self, name: str, roles: tuple[str, str, str], *, request: float, task: float
    ) -> Serving:
        server, role, pooler = roles
        longest = self._read_seconds("REQUEST_TIMEOUT", request, "Seconds until the server ends a request.")
        task = self._read_seconds("TASK_TIMEOUT", task, "Seconds that a task may take.")
        return Serving(name, role, server, pooler, build_ladder(role, request=longest, task=task))

    def _choose(self, name: str, choices: tuple[str, ...], default: str, help: str) -> str:
        variable = self._describe(name, "choice", help, choices[0])

        def parse() -> str:
            value = str(self._reader.environs.str(name))
            if value not in choices:
                raise MalformedError(f"must be one of {', '.join(choices)}")
            return value

        return str(self._reader.read(variable, parse, default=default, placeholder=default))

    def _read_seconds(self, name: str, default: float, help: str) -> float:
        variable = self._describe(name, "float", help, f"{default:g}")

        def parse() -> float:
            value = float(self._reader.environs.float(name))
            if not LEAST_TIMEOUT <= value <= LONGEST_TIMEOUT:
                raise MalformedError(f"must be between {LEAST_TIMEOUT:g} and {LONGEST_TIMEOUT:g} seconds")
            return value

        return float(self._reader.read(variable, parse, default=default, placeholder=default))
