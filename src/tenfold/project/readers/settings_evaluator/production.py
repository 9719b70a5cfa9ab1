"""Which settings module production runs with, and the place that says so."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Location, Problem, Unknown
from tenfold.project.readers.syntax import parse
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.project.files import Files
    from tenfold.project.model import Fact
    from tenfold.project.repository import Dockerfile, Repository

VARIABLE = "DJANGO_SETTINGS_MODULE"
_DOTTED = re.compile(r"^[A-Za-z_]\w*(\.[\w-]+)*$")
_PURPOSES = {
    PRODUCTION: frozenset("production prod live deploy deployed heroku docker server".split()),
    DEVELOPMENT: frozenset(
        "development dev develop devel local localhost local_settings debug vagrant personal "
        "docker_compose".split()
    ),
    TESTING: frozenset("test tests testing ci test_settings settings_test travis unittest pytest".split()),
}
_DEPLOYS = re.compile(
    r"(^|/)(Procfile[^/]*|app\.(json|ya?ml)|fly[^/]*\.toml|render\.ya?ml|nixpacks\.toml|\.do/.*\.ya?ml"
    r"|[^/]*\.service|[^/]*uwsgi[^/]*\.(ini|ya?ml)|supervisor[^/]*\.conf|.*(k8s|kubernetes|helm|deploy|charts)"
    r"[^/]*/.*\.ya?ml|[^/]*\.sh|\.ebextensions/.*)$"
)
_IN_TEXT = re.compile(
    VARIABLE + r"""["']?(?:\s*[:=]\s*|\s*\n(?:\s+(?!value)\w+:.*\n)*\s+value:\s*)["']?"""
    r"""([A-Za-z_]\w*(?:\.[\w-]+)+)"""
)
DEFAULTS = 200
"""Mentions from this rank on are what wsgi.py, celery.py and manage.py fall back to, 600 to 750 aside."""
BUILDS = 500
"""The rank of what only a step of an image's build names."""
_BUILD_STEPS = frozenset("static collectstatic assets build compress translations dummy minimal".split())
_ASIDE = frozenset(("tests", "test", "docs", "doc", "examples", "example", "sandbox", "node_modules", "demo"))


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen: the module, its file ("" when it is not in the project), the other modules."""

    module: Fact[str]
    path: str
    others: tuple[tuple[str, str], ...]
    configuration: str = ""
    absent: Mention | None = None
    """What names a module for production that is not in the project, so that another one is read."""
    shared_with: str = ""
    """The development or test module beside the chosen base, where nothing names production's own."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names a settings module; the smallest rank counts most."""

    module: str
    where: Location
    rank: int
    purpose: str


def choose_settings(
    files: Files, repository: Repository, *, given: str | None, read: Callable[[str], str | Problem]
) -> Choice:
    """Production's settings module: what was given, else what starts production, else what wsgi, asgi,
    celery and manage.py name; a production sibling is preferred to a development module."""
    candidates = settings_files(files, read)
    configuration = _configuration(files, repository, read)
    if given:
        path = find_file(given, files)
        return Choice(Known(given), path, _others(candidates, path), configuration)
    mentions = sorted(_mentions(files, repository, read), key=lambda m: m.rank)
    for mention in mentions:
        path = find_file(mention.module, files) or _copied_file(mention.module, files, repository)
        if (
            path
            and mention.purpose in (PRODUCTION, UNSURE)
            and purpose_of(path) not in (DEVELOPMENT, TESTING)
        ):
            beside = _production_sibling(mention, path, files, empty=_is_empty_package(path, read))
            return _settle(beside, find_file(beside.module, files) or path, candidates, configuration)
    absent = [m for m in mentions if not find_file(m.module, files) and m.purpose in (PRODUCTION, UNSURE)]
    for mention in mentions:
        path = find_file(mention.module, files)
        aside = {purpose_of(path), mention.purpose} & {DEVELOPMENT, TESTING}
        if path and absent and aside and absent[0].rank < mention.rank:
            break
        if path:
            beside = _production_sibling(mention, path, files)
            if beside is mention:
                beside = _deployed_sibling(mention, path, files, repository)
            choice = _settle(beside, "", candidates, configuration, files=files)
            return choice if beside is not mention else _shared_base(choice, mention, files, read)
    choice = _without_mention(mentions, candidates, configuration, files)
    return replace(choice, absent=absent[0]) if absent else choice


def _copied_file(module: str, files: Files, repository: Repository) -> str:
    """The file that a Dockerfile copies to become the module: `COPY conf/docker.py.template site_conf.py`,
    `RUN cp docker/config.py settings/config.py`."""
    target = f"{module.replace('.', '/')}.py"
    for docker in repository.dockerfiles:
        for words in _copies(docker):
            source = words[-2].removeprefix("./")
            if words[-1].removeprefix("./").endswith(target) and source in files:
                return source
    return ""


def _copies(docker: Dockerfile) -> Iterator[list[str]]:
    """The words of each COPY and `cp`, the file and its target last."""
    for instruction, text, _ in docker.instructions:
        if instruction in ("COPY", "ADD") and len(text.split()) > 1:
            yield text.split()
        elif instruction == "RUN":
            parts = (part.split() for part in re.split(r"&&|;|\n", text))
            yield from (words for words in parts if words[:1] == ["cp"] and len(words) > 2)


def _settle(
    mention: Mention,
    path: str,
    candidates: list[str],
    configuration: str,
    *,
    files: Files | None = None,
) -> Choice:
    if not path and files is not None:
        path = find_file(mention.module, files)
    return Choice(Known(mention.module, mention.where), path, _others(candidates, path), configuration)


def _production_sibling(mention: Mention, path: str, files: Files, *, empty: bool = False) -> Mention:
    """The production module beside a development one, in a package that is `empty` itself, or beside the
    base that wsgi.py and the like name for want of a variable; the same mention when there is none."""
    is_default = mention.rank >= DEFAULTS and _is_base(path)
    if purpose_of(path) not in (DEVELOPMENT, TESTING) and not is_default and not empty:
        return mention
    package = mention.module if path.endswith("/__init__.py") else mention.module.rpartition(".")[0]
    folder = path.rpartition("/")[0]
    for name in ("production", "prod", "live", "deploy", "heroku"):
        found = [p for p in (f"{folder}/{name}.py", f"{folder}/{name}/__init__.py") if p in files]
        if found:
            module = f"{package}.{name}" if package else name
            return Mention(module, Location(found[0]), mention.rank, PRODUCTION)
    return mention


def _deployed_sibling(mention: Mention, path: str, files: Files, repository: Repository) -> Mention:
    """The module beside a development one that is named as a Dockerfile is: settings/harbour.py and
    Dockerfile.harbour; the same mention when there is none."""
    if purpose_of(path) not in (DEVELOPMENT, TESTING):
        return mention
    folder, package = path.rpartition("/")[0], mention.module.rpartition(".")[0]
    for docker in repository.dockerfiles:
        for word in re.split(r"[^a-z0-9]+", docker.path.rpartition("/")[2].lower()):
            beside = f"{folder}/{word}.py"
            if beside in files and not _is_base(beside) and purpose_of(beside) not in (DEVELOPMENT, TESTING):
                module = f"{package}.{word}" if package else word
                return Mention(module, Location(docker.path), mention.rank, PRODUCTION)
    return mention


def _shared_base(
    choice: Choice, mention: Mention, files: Files, read: Callable[[str], str | Problem]
) -> Choice:
    """The base beside a development or test module instead of that module: production shares it. Not where
    it holds classes that only the module loads."""
    if purpose_of(choice.path) not in (DEVELOPMENT, TESTING):
        return choice
    folder, package = choice.path.rpartition("/")[0], mention.module.rpartition(".")[0]
    for name in _BASES:
        base = f"{folder}/{name}"
        if base in files and _SETS.search(text if isinstance(text := read(base), str) else ""):
            module = f"{package}.{name}".removesuffix(".py").lstrip(".")
            others = ((choice.path, purpose_of(choice.path)), *(o for o in choice.others if o[0] != base))
            return Choice(
                Known(module, Location(base)),
                base,
                others,
                choice.configuration,
                shared_with=mention.module,
            )
    return choice


def _is_empty_package(path: str, read: Callable[[str], str | Problem]) -> bool:
    """Whether it is an `__init__.py` without code: no project runs with it."""
    if not path.endswith("/__init__.py"):
        return False
    text = read(path)
    return isinstance(text, str) and all(line.lstrip()[:1] in ("", "#") for line in text.splitlines())


def _without_mention(
    mentions: list[Mention], candidates: list[str], configuration: str, files: Files
) -> Choice:
    main = [path for path in candidates if purpose_of(path) not in (DEVELOPMENT, TESTING)]
    main.sort(key=lambda path: (purpose_of(path) != PRODUCTION, _is_base(path), path.count("/"), path))
    if main:
        module = module_name(main[0], files)
        return Choice(Known(module, Location(main[0])), main[0], _others(candidates, main[0]), configuration)
    if mentions:
        first = mentions[0]
        why = f"{first.module}, named at {first.where}, is not in the project"
        return Choice(Unknown(why), "", _others(candidates, ""), configuration)
    if candidates:
        why = "only settings for development or tests were found"
        return Choice(Unknown(why), "", _others(candidates, ""), configuration)
    return Choice(Unknown("no file of the project names a settings module"), "", (), configuration)


_SETS = re.compile(r"^(INSTALLED_APPS|ROOT_URLCONF|DATABASES|SECRET_KEY|MIDDLEWARE)\b", re.MULTILINE)
_BASES = ("base.py", "common.py", "defaults.py")


def _is_base(path: str) -> bool:
    return path.rpartition("/")[2] in _BASES


def _others(candidates: list[str], chosen: str) -> tuple[tuple[str, str], ...]:
    return tuple((path, purpose_of(path)) for path in candidates if path != chosen)


def purpose_of(path: str) -> str:
    """What a settings file is for, by its name: the file's, or its folder's inside a settings package."""
    stem = path.removesuffix(".py")
    words = [w for w in re.split(r"[/_.-]", stem.partition("settings")[2] or stem.rpartition("/")[2]) if w]
    name = stem.rpartition("/")[2]
    for purpose, known in _PURPOSES.items():
        if name in known or any(word in known for word in words):
            if purpose == PRODUCTION and any(word in _PURPOSES[DEVELOPMENT] for word in words):
                continue
            if name in _PURPOSES[DEVELOPMENT]:
                return DEVELOPMENT
            return purpose
    return UNSURE


def settings_files(files: Files, read: Callable[[str], str | Problem]) -> list[str]:
    """Python files that look like settings modules by their name and what they set."""
    found = []
    for file in files.all:
        path = file.path
        stem = file.name.removesuffix(".py")
        # A dot in the name cannot be imported: `production.example.py` is a sample to copy.
        if stem == file.name or "." in stem or "/migrations/" in path or file.size > 500_000:
            continue
        parts = path.split("/")
        inside = "settings" in parts[-2:-1] or (len(parts) > 2 and "settings" in parts[-3:-1])
        named = file.name in ("settings.py", "configuration.py", "local_settings.py") or re.match(
            r"(settings_\w+|\w+_settings)\.py$", file.name
        )
        if (inside or named) and _sets_settings(read(path), inside=inside):
            found.append(path)
    return found


def _sets_settings(text: str | Problem, *, inside: bool) -> bool:
    if isinstance(text, Problem):
        return False
    if re.search(r"^\s*(INSTALLED_APPS|ROOT_URLCONF|DATABASES|SECRET_KEY|MIDDLEWARE)\b", text, re.MULTILINE):
        return True
    return inside and bool(
        re.search(r"^\s*from [\w.]+ import \*|^(DEBUG|ALLOWED_HOSTS)\b|load_settings\(", text, re.MULTILINE)
    )


def find_file(module: str, files: Files) -> str:
    """The project file of a dotted name, wherever its source root is; "" when there is none."""
    stem = module.replace(".", "/")
    endings = (f"{stem}.py", f"{stem}/__init__.py")
    found = [
        file.path
        for file in files.named(endings[0].rpartition("/")[2], "__init__.py")
        if file.path in endings or file.path.endswith(tuple(f"/{ending}" for ending in endings))
    ]
    found.sort(key=lambda path: (bool(_ASIDE.intersection(path.split("/")[:-2])), path.count("/"), path))
    return found[0] if found else ""


def module_name(path: str, files: Files) -> str:
    """The dotted name of a settings file: from the folder of manage.py above it, else from its packages."""
    stem = path.removesuffix(".py").removesuffix("/__init__")
    roots = {file.path.rpartition("/")[0] for file in files.named("manage.py")}
    for root in sorted(roots, key=len, reverse=True):
        if not root or stem.startswith(f"{root}/"):
            return stem[len(root) :].strip("/").replace("/", ".")
    parts = stem.split("/")
    start = len(parts) - 1
    while start and f"{'/'.join(parts[:start])}/__init__.py" in files:
        start -= 1
    return ".".join(parts[start:])


def _mentions(
    files: Files, repository: Repository, read: Callable[[str], str | Problem]
) -> Iterator[Mention]:
    yield from _deployment_mentions(repository)
    yield from _text_mentions(files, read)
    ranks = {"wsgi.py": 20, "asgi.py": 22, "celery.py": 30, "celeryconf.py": 31, "manage.py": 40}
    for file in files.all:
        rank = ranks.get(file.name)
        parts = file.path.split("/")
        if rank is None and len(parts) > 1 and parts[-2] in ("wsgi", "asgi") and file.name.endswith(".py"):
            rank = 21
        if rank is None:
            continue
        aside = 5 if _ASIDE.intersection(parts[:-1]) else 0
        for module, line in default_modules(read(file.path)):
            depth = min(len(parts) - 1, 9) / 10
            yield Mention(module, Location(file.path, line), int((rank + aside + depth) * 10), UNSURE)


def _deployment_mentions(repository: Repository) -> Iterator[Mention]:
    """Modules named where production is built and started; the purpose of the place comes first."""
    ranks = {PRODUCTION: 0, UNSURE: 50, DEVELOPMENT: 600, TESTING: 700}
    for command in repository.commands:
        purpose = TESTING if command.origin == "ci" else command.purpose
        rank = ranks.get(purpose, 50)
        if command.phase == "build":
            # Static files are often collected with settings of their own: what wsgi.py names goes before.
            rank = max(rank, BUILDS)
        # The environment is what a Dockerfile or compose file gives: those name the place itself.
        inherited = command.environment.get(VARIABLE, "")
        for module, later in (*((word, 0) for word in _in_words(command.words)), (inherited, 5)):
            if _DOTTED.match(module):
                step = command.phase == "build" and module.rpartition(".")[2] in _BUILD_STEPS
                yield Mention(module, command.where, rank + later, TESTING if step else purpose)
    for docker in repository.dockerfiles:
        module = docker.environment.get(VARIABLE, "")
        if _DOTTED.match(module):
            line = next((n for _, text, n in docker.instructions if VARIABLE in text), 0)
            yield Mention(module, Location(docker.path, line), ranks.get(docker.purpose, 50), docker.purpose)
    for compose in repository.compose:
        for service in compose.services:
            module = service.environment.get(VARIABLE, "")
            if _DOTTED.match(module):
                rank = ranks.get(compose.purpose, 50) + 3
                yield Mention(module, service.where, rank, compose.purpose)


def _text_mentions(files: Files, read: Callable[[str], str | Problem]) -> Iterator[Mention]:
    """Deployment descriptions of platforms, units and scripts that no other fact holds: as text."""
    for file in files.all:
        if file.size > 200_000 or not _DEPLOYS.search(file.path):
            continue
        text = read(file.path)
        if isinstance(text, Problem) or VARIABLE not in text:
            continue
        purpose = purpose_of_place(file.path)
        rank = {PRODUCTION: 5, UNSURE: 60, DEVELOPMENT: 650, TESTING: 750}[purpose]
        for match in _IN_TEXT.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            yield Mention(match[1], Location(file.path, line), rank, purpose)


def purpose_of_place(path: str) -> str:
    """What a deployment file is for, by the words in its path."""
    words = set(re.split(r"[/_.\s-]", path.lower()))
    if words & (_PURPOSES[TESTING] | {"github", "gitlab", "circleci", "tox"}):
        return TESTING
    if words & (_PURPOSES[DEVELOPMENT] | {"devcontainer", "override"}):
        return DEVELOPMENT
    return PRODUCTION if words & {"production", "prod", "live", "do", "fly", "render", "heroku"} else UNSURE


def _in_words(words: tuple[str, ...]) -> Iterator[str]:
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.strip("-") in (VARIABLE, "settings", "ds") and (equals and value):
            yield value.strip("\"'")
        elif word == "--settings" and index + 1 < len(words):
            yield words[index + 1]
        elif name in ("--env", "-e", "--raw-env"):
            rest = value or (words[index + 1] if index + 1 < len(words) else "")
            inner, _, module = rest.partition("=")
            if inner == VARIABLE:
                yield module.strip("\"'")


def default_modules(text: str | Problem, variable: str = VARIABLE) -> list[tuple[str, int]]:
    """Modules that a file sets as DJANGO_SETTINGS_MODULE: (dotted name, line)."""
    if isinstance(text, Problem) or variable not in text:
        return []
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        value = _default_of(node, variable)
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and _DOTTED.match(value.value):
            found.append((value.value, getattr(node, "lineno", 0)))
    return found


def _default_of(node: ast.AST, variable: str) -> ast.expr | None:
    if isinstance(node, ast.Call) and len(node.args) == 2:
        first = node.args[0]
        is_setting = isinstance(node.func, ast.Attribute) and node.func.attr in (
            "setdefault",
            "putenv",
            "get",
        )
        if is_setting and isinstance(first, ast.Constant) and first.value == variable:
            return node.args[1]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        key = node.targets[0].slice
        if isinstance(key, ast.Constant) and key.value == variable:
            return node.value
    return None


def _configuration(files: Files, repository: Repository, read: Callable[[str], str | Problem]) -> str:
    """The class that DJANGO_CONFIGURATION names in production, "" when nothing names one."""
    name = "DJANGO_CONFIGURATION"
    for command in repository.commands:
        if command.purpose == PRODUCTION and command.environment.get(name):
            return command.environment[name]
    for docker in repository.dockerfiles:
        if docker.purpose == PRODUCTION and docker.environment.get(name):
            return docker.environment[name]
    for file in files.named("wsgi.py", "asgi.py", "manage.py"):
        for value, _ in default_modules(read(file.path), name):
            if value.lower() not in ("dev", "development", "local", "test"):
                return value
    return ""
