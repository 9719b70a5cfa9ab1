"""Which settings module production runs with, and the place that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.readers.settings_evaluator.mentions import (
    DEFAULTS,
    Mention,
    default_modules,
    find_mentions,
)
from tenfold.project.readers.settings_evaluator.modules import (
    BASES,
    find_file,
    is_base,
    module_name,
    purpose_of,
    settings_files,
)
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.project.files import Files
    from tenfold.project.model import Fact, Problem
    from tenfold.project.repository import Dockerfile, Repository


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
    mentions = sorted(find_mentions(files, repository, read), key=lambda m: m.rank)
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
    is_default = mention.rank >= DEFAULTS and is_base(path)
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
            if beside in files and not is_base(beside) and purpose_of(beside) not in (DEVELOPMENT, TESTING):
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
    for name in BASES:
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
    main.sort(key=lambda path: (purpose_of(path) != PRODUCTION, is_base(path), path.count("/"), path))
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


def _others(candidates: list[str], chosen: str) -> tuple[tuple[str, str], ...]:
    return tuple((path, purpose_of(path)) for path in candidates if path != chosen)


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
