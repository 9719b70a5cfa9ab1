"""What a command line means: its options, the shell's defaults, the management command, its role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WEB_SERVERS = frozenset(
    "gunicorn uvicorn daphne hypercorn granian uwsgi pyuwsgi uwsgi-core mod_wsgi-express waitress-serve "
    "unitd".split()
)
WORKERS = frozenset("rqworker dramatiq huey_consumer huey_consumer.py arq saq".split())
SCHEDULERS = frozenset(
    "rqscheduler supercronic cron crond go-crond yacron periodiq celerybeat busybox-crond".split()
)
TESTERS = frozenset("pytest py.test tox nox".split())
MANAGEMENT_ROLES: Mapping[str, str] = {
    **dict.fromkeys("runserver runserver_plus testserver livereload_runserver".split(), "development server"),
    **dict.fromkeys("runmodwsgi run_gunicorn runuwsgi rungranian".split(), "web"),
    **dict.fromkeys(
        "rqworker rqworker-pool rundramatiq run_huey djangohuey qcluster db_worker process_tasks runworker "
        "celery_worker procrastinate".split(),
        "worker",
    ),
    **dict.fromkeys("rqscheduler runapscheduler celery_beat rqcron".split(), "scheduler"),
    **dict.fromkeys("migrate migrate_schemas safemigrate syncdb".split(), "migrate"),
    **{
        name: name
        for name in (
            "collectstatic compress compilemessages makemigrations createsuperuser createcachetable loaddata "
            "check test"
        ).split()
    },
}
RUN_AS_MODULES = (
    WEB_SERVERS | WORKERS | TESTERS | frozenset({"celery", "procrastinate", "rq", "taskiq", "flower"})
)

_PROGRAM_ROLES: Mapping[str, str] = {
    **dict.fromkeys(WEB_SERVERS, "web"),
    **dict.fromkeys(WORKERS, "worker"),
    **dict.fromkeys(SCHEDULERS, "scheduler"),
    **dict.fromkeys(TESTERS, "test"),
    "flower": "dashboard",
}
_CELERY_PARTS = frozenset(
    "worker beat multi flower inspect control events report status purge shell call list migrate upgrade "
    "amqp logtool result graph".split()
)
_TAKE_VALUE = frozenset(
    "-A --app -b --broker --result-backend --loader --config --workdir -n -l -Q -c".split()
)
_FLAGS = frozenset(
    "--preload --reload --daemon --reuse-port --check-config --print-config --spew --no-sendfile "
    "--capture-output --enable-stdio-inheritance --initgroups --log-syslog --factory --proxy-headers "
    "--no-proxy-headers --no-access-log --no-server-header --no-date-header --use-colors --no-use-colors "
    "-B --beat -E --events --task-events --without-gossip --without-mingle --without-heartbeat --purge "
    "--discard --detach --noinput --no-input --insecure --noreload --nothreading --nostatic --fake "
    "--fake-initial --run-syncdb --check --deploy --skip-checks --clear --link --no-post-process --force "
    "--master --enable-threads --need-app --die-on-term --vacuum --lazy-apps --lazy --single-interpreter "
    "--thunder-lock --disable-logging --strict --http-auto-chunked --http-keepalive --no-ws "
    "--respawn-failed-workers --no-server-name --dry-run --with-scheduler --burst --no-color".split()
)
MAXIMUM_DEPTH = 8
"""Variables that stand for variables."""
LONGEST = 1_000
"""Characters of a variable's value that are put in: `A=$A$A` in a loop doubles it each time."""
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*|\d+)(?:(:?[-=?+])|\})|([A-Za-z_]\w*|\d))")


def find_option(words: Sequence[str], names: Sequence[str]) -> str | None:
    """The value of the last of the options `names`: `--a=b`, `--a b`, `-a b`, `-ab`; "" for a bare flag.

    A word that starts with a dash is no value, except a lone `-` or a negative number. None when absent.
    """
    found: str | None = None
    for index, word in enumerate(words[1:], start=1):
        if word == "--":
            break
        for name in names:
            value = _value_of(word, name, words[index + 1 : index + 2])
            if value is not None:
                found = value
    return found


def _value_of(word: str, name: str, following: Sequence[str]) -> str | None:
    if word == name:
        if name in _FLAGS or not following:
            return ""
        value = following[0]
        return "" if value.startswith("-") and not re.fullmatch(r"-|-\d.*", value) else value
    if name.startswith("--"):
        return word[len(name) + 1 :] if word.startswith(f"{name}=") else None
    if len(name) == 2 and len(word) > 2 and word.startswith(name):
        return word[2:].removeprefix("=")
    return None


def resolve_variables(text: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` with the shell's variables put in: their value in `environment`, else the default written
    in `${NAME:-default}`. A variable without either stays as written."""
    return _resolve(text, environment or {}, ())


def _resolve(text: str, environment: Mapping[str, str], inside: tuple[str, ...]) -> str:
    """`inside` are the variables whose values lead here: one that mentions itself (`PATH=/x:$PATH`) is put
    in once."""
    out: list[str] = []
    position = 0
    while (match := _VARIABLE.search(text, position)) and len(inside) < MAXIMUM_DEPTH:
        out.append(text[position : match.start()])
        position = match.end()
        name = match[1] or match[3]
        fallback: str | None = None
        if match[2]:
            end = _closing_brace(text, position)
            if match[2] in (":-", "-", ":=", "="):
                fallback = text[position:end]
            position = min(end + 1, len(text))
        written = text[match.start() : position]
        given = "" if name in inside else environment.get(name, "")
        value = written if len(given) > LONGEST else given or fallback
        known = value is not None and value != written
        out.append(_resolve(value or "", environment, (*inside, name)) if known else written)
    out.append(text[position:])
    return "".join(out)


def _closing_brace(text: str, start: int) -> int:
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if not depth:
            return index
    return len(text)


def program_of(words: Sequence[str]) -> str:
    """The first word's base name, "" without words."""
    return words[0].rpartition("/")[2] if words else ""


def management_command(words: Sequence[str]) -> str:
    """The management command that the words run ("migrate"), "" when they run none."""
    rest = _after_manage(words)
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word in ("--settings", "--pythonpath", "-v", "--verbosity"):
            skip = True
        elif not word.startswith("-"):
            return word
    return ""


def _after_manage(words: Sequence[str]) -> Sequence[str]:
    for index, word in enumerate(words[:6]):
        name = word.rpartition("/")[2]
        is_first = index == 0
        if name in ("manage.py", "django-admin", "django-admin.py"):
            return words[index + 1 :]
        if is_first and (name == "manage" or name.endswith(("-manage", "_manage", "-manage.py"))):
            return words[1:]
        if word == "-m" and words[index + 1 : index + 2] in (
            ["django"],
            ("django",),
            ["manage"],
            ("manage",),
        ):
            return words[index + 2 :]
        if is_first and not re.fullmatch(r"python[\d.]*|pypy3?|coverage", name):
            return ()
    return ()


def roles_of(words: Sequence[str]) -> tuple[str, ...]:
    """The roles of a command line, most often one: ("web",), ("worker", "scheduler"), ("",) for none."""
    program = program_of(words)
    command = management_command(words)
    if program in ("celery", "celeryd") or command == "celery":
        return _celery_roles(words)
    if command:
        return _management_roles(command, words)
    if program in ("rq", "procrastinate", "taskiq", "django-rq"):
        return _subcommand_roles(words)
    if list(words[:2]) == ["service", "cron"]:
        return ("scheduler",)
    return (_PROGRAM_ROLES.get(program, ""),)


def _management_roles(command: str, words: Sequence[str]) -> tuple[str, ...]:
    role = MANAGEMENT_ROLES.get(command, "")
    if role == "migrate" and any(w in ("--check", "--plan", "--check-unapplied", "--list") for w in words):
        return ("",)
    if command == "procrastinate" and "worker" not in words:
        return ("",)
    if command == "rqworker" and "--with-scheduler" in words:
        return ("worker", "scheduler")
    return (role,)


def _subcommand_roles(words: Sequence[str]) -> tuple[str, ...]:
    if "worker" in words or "worker-pool" in words:
        return ("worker", "scheduler") if "--with-scheduler" in words else ("worker",)
    if "scheduler" in words or "cron" in words:
        return ("scheduler",)
    return ("",)


def _celery_roles(words: Sequence[str]) -> tuple[str, ...]:
    part = _celery_part(words)
    if part == "multi":
        return ("worker",) if any(w in words for w in ("start", "restart")) else ("",)
    if part == "worker":
        embedded = any(re.fullmatch(r"-[A-Za-z]*B[A-Za-z]*|--beat", w) for w in words)
        return ("worker", "scheduler") if embedded else ("worker",)
    return ({"beat": "scheduler", "flower": "dashboard"}.get(part, ""),)


def _celery_part(words: Sequence[str]) -> str:
    previous = ""
    for word in words[1:]:
        if word in _CELERY_PARTS and previous not in _TAKE_VALUE:
            return word
        previous = word
    return ""
