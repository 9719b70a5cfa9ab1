"""Programs that only start another one: `exec`, `env`, `gosu app`, `uv run`, `tini --`, `python -m`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.command_line import RUN_AS_MODULES, program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLAIN = frozenset(
    "exec command nohup time builtin eatmydata catchsegv ddtrace-run opentelemetry-instrument setsid stdbuf "
    "with-contenv unbuffer catatonit bundle-exec heroku-exec then do else ! winpty sudo nice ionice setpriv "
    "chpst runuser doas taskset".split()
)
_WITH_DASHES = frozenset(
    "tini dumb-init wait-for-it wait-for-it.sh wait-for wait-for.sh wait-for-db dockerize doppler chamber "
    "infisical op aws-vault vault-env envconsul wait4x wait-port sops watchmedo nodemon".split()
)
_WITH_USER = frozenset("gosu su-exec s6-setuidgid setuidgid chroot timeout flock".split())
_TAKE_VALUE = frozenset(
    "-u --user -g --group -n -c --class -s --signal -k --kill-after --env-file --extra --with --package "
    "--python -p --directory --project -e --reuid --regid --only-group -o -i".split()
)
_RUNNERS = frozenset("poetry pipenv uv pdm hatch rye conda micromamba mamba pixi".split())


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
    if len(words) < 2:
        return words
    if program == "env":
        return _after_env(words[1:], environment)
    if re.fullmatch(r"python[\d.]*|pypy3?", program):
        return _after_module(words)
    unwrapper = _UNWRAPPERS.get(program)
    return unwrapper(words) if unwrapper is not None else words


def _after_options(words: tuple[str, ...]) -> tuple[str, ...]:
    return _skip_options(words[1:]) or words


def _after_options_and_one(words: tuple[str, ...]) -> tuple[str, ...]:
    return _skip_options(words[1:])[1:] or words


def _after_newrelic(words: tuple[str, ...]) -> tuple[str, ...]:
    return words[2:] or words if words[1] == "run-program" else words


def _after_su(words: tuple[str, ...]) -> tuple[str, ...]:
    return ("sh", "-c", *words[words.index("-c") + 1 :][:1]) if "-c" in words else words


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


_UNWRAPPERS: Mapping[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    **dict.fromkeys(_PLAIN, _after_options),
    **dict.fromkeys(_WITH_DASHES, _after_dashes),
    **dict.fromkeys(_WITH_USER, _after_options_and_one),
    **dict.fromkeys(_RUNNERS, _after_runner),
    "newrelic-admin": _after_newrelic,
    "su": _after_su,
}
