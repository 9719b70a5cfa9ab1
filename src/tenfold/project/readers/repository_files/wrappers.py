"""Programs that only start another one: `exec`, `env`, `gosu app`, `uv run`, `tini --`, `python -m`."""

from __future__ import annotations

import re

from tenfold.project.command_line import RUN_AS_MODULES, program_of

_PLAIN = frozenset(
    "exec command nohup time builtin eatmydata catchsegv ddtrace-run opentelemetry-instrument setsid stdbuf "
    "with-contenv unbuffer catatonit bundle-exec heroku-exec then do else ! winpty".split()
)
_WITH_DASHES = frozenset(
    "tini dumb-init wait-for-it wait-for-it.sh wait-for wait-for.sh wait-for-db dockerize doppler chamber "
    "infisical op aws-vault vault-env envconsul wait4x wait-port sops".split()
)
_WITH_USER = frozenset("gosu su-exec s6-setuidgid setuidgid chroot".split())
_TAKE_VALUE = frozenset(
    "-u --user -g --group -n -c --class -s --signal -k --kill-after --env-file --extra --group --with --package "
    "--python -p --directory --project -e --reuid --regid --only-group -o -i".split()
)
_RUNNERS = frozenset("poetry pipenv uv pdm hatch rye conda micromamba mamba pixi".split())
_NUMBER = re.compile(r"\d+(\.\d+)?[smhd]?")


def unwrap(words: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The words of the program that is really started, and the variables given to it on the way."""
    environment: dict[str, str] = {}
    for _ in range(12):
        rest = _unwrap_once(words, environment)
        if rest is words or not rest:
            break
        words = rest
    return words, environment


def _unwrap_once(words: tuple[str, ...], environment: dict[str, str]) -> tuple[str, ...]:
    program = program_of(words)
    rest = words[1:]
    if not rest:
        return words
    if program in _PLAIN:
        return _skip_options(rest)
    if program in _WITH_DASHES:
        return _after_dashes(words)
    if program in _WITH_USER:
        return _skip_options(rest)[1:] or words
    if program == "env":
        return _after_env(rest, environment)
    if program in _RUNNERS:
        return _after_runner(words)
    return _unwrap_other(words, program)


def _unwrap_other(words: tuple[str, ...], program: str) -> tuple[str, ...]:
    rest = words[1:]
    if program in ("sudo", "nice", "ionice", "setpriv", "chpst", "runuser", "doas", "taskset"):
        return _skip_options(rest) or words
    if program in ("timeout", "flock"):
        return _skip_options(rest)[1:] or words
    if program == "newrelic-admin" and rest[0] == "run-program":
        return rest[1:] or words
    if program in {"watchmedo", "nodemon"}:
        return _after_dashes(words)
    if program in ("su",) and "-c" in rest:
        return ("sh", "-c", *words[words.index("-c") + 1 :][:1])
    if re.fullmatch(r"python[\d.]*|pypy3?", program):
        return _after_module(words)
    return words


def _after_module(words: tuple[str, ...]) -> tuple[str, ...]:
    """`python -m gunicorn x` is `gunicorn x`."""
    for index, word in enumerate(words[1:-1], start=1):
        if word == "-m":
            module = words[index + 1]
            return (module, *words[index + 2 :]) if module in RUN_AS_MODULES else words
        if not word.startswith("-") or word == "-c":
            return words
    return words


def _after_dashes(words: tuple[str, ...]) -> tuple[str, ...]:
    if "--" in words:
        return words[words.index("--") + 1 :]
    if program_of(words) in ("tini", "dumb-init", "dockerize"):
        return _skip_options(words[1:]) or words
    return words


def _skip_options(words: tuple[str, ...]) -> tuple[str, ...]:
    while words and words[0].startswith("-"):
        if words[0] == "--":
            return words[1:]
        words = words[2:] if words[0] in _TAKE_VALUE else words[1:]
    return words


def _after_env(rest: tuple[str, ...], environment: dict[str, str]) -> tuple[str, ...]:
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        if not rest[0].startswith("-"):
            name, _, value = rest[0].partition("=")
            environment[name] = value
        rest = rest[2:] if rest[0] in ("-u", "-C") else rest[1:]
    return rest


def _after_runner(words: tuple[str, ...]) -> tuple[str, ...]:
    rest = _skip_options(words[1:])
    if rest[:1] != ("run",):
        return words
    rest = _skip_runner_options(rest[1:])
    return ("python", *rest) if rest and rest[0].endswith(".py") and "/" not in rest[0] else rest or words


def _skip_runner_options(words: tuple[str, ...]) -> tuple[str, ...]:
    while words and words[0].startswith("-"):
        if words[0] in ("-m", "--module"):
            return ("python", "-m", *words[1:])
        if words[0] == "--":
            return words[1:]
        words = words[2:] if words[0] in _TAKE_VALUE else words[1:]
    return words
