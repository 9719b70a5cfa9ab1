"""The standard library: environment, paths, dates, JSON, copies; and Heroku's helper."""

from __future__ import annotations

import ast
import base64
import json
import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urljoin, urlparse, urlsplit

from tenfold.project.readers.settings_evaluator.environment import read_environment
from tenfold.project.readers.settings_evaluator.imports import find_module
from tenfold.project.readers.settings_evaluator.joining import copy_value
from tenfold.project.readers.settings_evaluator.libraries.files import open_file, read_file
from tenfold.project.readers.settings_evaluator.lifting import default_of, lift
from tenfold.project.readers.settings_evaluator.methods import inside_root
from tenfold.project.readers.settings_evaluator.objects import ROOT
from tenfold.project.settings_values import MISSING, FromEnvironment, Reference, Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call


def _getenv(call: Call) -> Any:
    name = call.argument(0, "key")
    default = call.argument(1, "default", None)
    return read_environment(name, default, frame=call.frame, node=call.node)


def _required(call: Call) -> Any:
    return read_environment(call.argument(0, "key"), MISSING, frame=call.frame, node=call.node)


def _setdefault(call: Call) -> Any:
    name, default = call.argument(0, "key"), call.argument(1, "value", MISSING)
    if isinstance(name, str) and not call.frame.branches:
        call.frame.session.environment.setdefault(name, default)
    return read_environment(name, default, frame=call.frame, node=call.node)


def _nothing(_: Call) -> None:
    return None


def _path(call: Call) -> Any:
    parts = call.arguments or ["."]
    return lift(lambda *texts: PurePosixPath(*texts), *parts, cast="path")


def _absolute(text: Any) -> Any:
    """An absolute path. The working directory is taken for the project's root."""
    return posixpath.normpath(posixpath.join(ROOT, str(text)))


def _text(function: Callable[..., Any], cast: str = "str") -> Callable[[Call], Any]:
    def handle(call: Call) -> Any:
        def apply(*values: Any) -> Any:
            return function(*(str(v) if isinstance(v, PurePosixPath) else v for v in values))

        return lift(apply, *call.arguments, *call.keywords.values(), cast=cast)

    return handle


def _exists(call: Call) -> Any:
    return path_exists(call.argument(0, "path"), call)


def path_exists(value: Any, call: Call) -> Any:
    """Whether a path of the project exists, as far as its files are known; outside it is not known."""
    path = default_of(value)
    if isinstance(value, FromEnvironment) and path is MISSING:
        return FromEnvironment(value.variable, MISSING, "bool")
    if not isinstance(path, (str, PurePosixPath)):
        return Undetermined("whether a path exists")
    inside = inside_root(posixpath.normpath(str(path)))
    if inside is None:
        return Undetermined(f"whether {path} exists")
    paths = call.frame.session.paths
    there = inside in paths or any(p.startswith(f"{inside}/") for p in paths) or not inside
    if not there:
        if inside.endswith((".py", ".env", ".json", ".toml", ".yaml", ".yml", ".ini", ".cfg")):
            call.frame.session.note_override(call.where, inside)
        elif "." not in PurePosixPath(inside).name:
            return Undetermined(f"whether {inside} exists")
    return there


def call_path_method(receiver: Any, method: str, call: Call) -> Any:
    """Methods of paths that look at the disk; NotImplemented for others."""
    if not isinstance(default_of(receiver), PurePosixPath):
        return NotImplemented
    if method in ("exists", "is_file", "is_dir"):
        return path_exists(receiver, call)
    if method in ("mkdir", "touch"):
        return None
    if method == "read_text":
        return read_file(receiver, call)
    if method == "open":
        return open_file(receiver)
    return NotImplemented


def _copy(call: Call) -> Any:
    return copy_value(call.argument(0, "x"), {})


def _import_module(call: Call) -> Any:
    name = call.argument(0, "name")
    if not isinstance(name, str):
        return Undetermined("imports a module that is not known")
    if name.startswith("."):
        name = f"{call.frame.module.package}{name}"
    module = find_module(call.frame.session, name)
    return Reference(name) if module is None else module


def _heroku(call: Call) -> None:
    """django_heroku.settings(locals()) sets the database, hosts, logging and static files itself."""
    call.frame.session.note_gap(call.where, f"{call.dotted}() sets settings at run time")


def _cast(call: Call) -> Any:
    return call.argument(1, "val")


def _strtobool(text: str) -> int:
    lowered = text.lower()
    if lowered in ("y", "yes", "t", "true", "on", "1"):
        return 1
    if lowered in ("n", "no", "f", "false", "off", "0"):
        return 0
    raise ValueError(text)


def _split_domain_port(host: str) -> tuple[str, str]:
    """As django.http.request does, for hosts without an IPv6 address."""
    domain, _, port = host.lower().partition(":")
    return domain.removesuffix("."), port


_TEXT: dict[str, Callable[..., Any]] = {
    "os.path.join": posixpath.join,
    "os.path.dirname": posixpath.dirname,
    "os.path.basename": posixpath.basename,
    "os.path.normpath": posixpath.normpath,
    "os.path.abspath": _absolute,
    "os.path.realpath": _absolute,
    "os.path.expanduser": lambda text: text,
    "os.fspath": lambda text: text,
    "os.path.split": posixpath.split,
    "os.path.splitext": posixpath.splitext,
    "json.loads": json.loads,
    "ast.literal_eval": ast.literal_eval,
    "distutils.util.strtobool": _strtobool,
    "setuptools._distutils.util.strtobool": _strtobool,
    "urllib.parse.quote": quote,
    "urllib.parse.quote_plus": quote_plus,
    "urllib.parse.urljoin": urljoin,
    "urllib.parse.urlparse": urlparse,
    "urllib.parse.urlsplit": urlsplit,
    "django.http.request.split_domain_port": _split_domain_port,
    "base64.b64decode": base64.b64decode,
    "django.utils.encoding.force_str": str,
    "django.utils.safestring.mark_safe": str,
}
KNOWN: dict[str, Callable[[Call], Any]] = {
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.environ.pop": _getenv,
    "os.environ.setdefault": _setdefault,
    "os.environ.__getitem__": _required,
    "os.path.exists": _exists,
    "os.path.isfile": _exists,
    "os.path.isdir": _exists,
    "os.makedirs": _nothing,
    "os.mkdir": _nothing,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "environ.Path": lambda call: Undetermined("environ.Path is not followed"),
    "copy.deepcopy": _copy,
    "copy.copy": _copy,
    "importlib.import_module": _import_module,
    "__import__": _import_module,
    "typing.cast": _cast,
    "django_heroku.settings": _heroku,
    "django_on_heroku.settings": _heroku,
    **{name: _text(function) for name, function in _TEXT.items()},
}
