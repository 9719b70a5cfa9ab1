"""Asks the project's own interpreter what the project is: its settings as they resolve on the stack."""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.project.readers.probe_process import find_configuration
from tenfold.stack.endpoints import draft_endpoints
from tenfold.stack.environment import give_variables
from tenfold.stack.inspected import Failure, Inspected, read_answer
from tenfold.stack.layout import find_folder, find_paths, settings_module
from tenfold.stack.shaping import refuse_old
from tenfold.stack.variable_rules import find_rule
from tenfold.stack.variables import Variable, read_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.config import UpConfig
    from tenfold.project.model import Project

SCRIPT = Path(__file__).parent.parent / "overlay" / "files" / "inspect_project.py"
SECONDS = 60.0
ROUNDS = 25
"""Settings that need several variables name them one by one."""
_NAME = re.compile(r"\b[A-Za-z][A-Za-z0-9_]{2,}\b")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_ASKED = re.compile(
    r"^(\w+) not found\. Declare it as envvar|^Set the (\w+) environment variable"
    r"|^Environment variable \"?(\w+)\"? not set"
)
"""What python-decouple, django-environ and environs say. Through a function of the project or of another library
(`config("SECRET_KEY")`), nothing else tells that a variable is meant."""
_BARE = frozenset({"KeyError", "UndefinedValueError"})
"""Exceptions whose message is the variable's name, and nothing that would help."""
_GONE = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), (3, 12)),
    **dict.fromkeys(("cgi", "cgitb", "crypt", "imghdr", "pipes", "telnetlib"), (3, 13)),
}
"""Modules that Python itself dropped, and since when: https://docs.python.org/3/whatsnew/3.12.html#removed and
https://docs.python.org/3/whatsnew/3.13.html#removed-modules-and-apis."""
_STATIC = re.compile(r"(?:^|/)(?:static|templates|jinja2)/|\.(?:css|js|mjs|scss|sass|less)$")
_NOT_FOR_OTHERS = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "DJANGO_SETTINGS_MODULE")


@dataclass(frozen=True)
class Question:
    """One project to ask."""

    project: Project
    config: UpConfig
    python: Path
    folder: str
    """The stack's folder."""
    person: Mapping[str, str]
    seconds: float = SECONDS


def inspect(
    project: Project,
    config: UpConfig,
    *,
    python: Path,
    folder: str,
    environment: Mapping[str, str] = os.environ,
) -> Inspected:
    """The project as its own interpreter sees it, with the environment that the stack will give it.

    What the settings turn out to need, and what a rule knows a value for, is given in another round.
    Raises TenfoldError that names the variable or the line that is in the way.
    """
    question = Question(project, config, python, folder, environment)
    given = Inspected(variables=read_variables(project.settings), kept=_kept(project))
    for _ in range(ROUNDS):
        answer = _ask(question, given)
        # First of all: whatever else it lacks, giving it would not help.
        refuse_old(project.name, answer)
        answer = replace(
            answer,
            configuration=_configuration(project),
            variables=given.variables,
            kept=given.kept,
            demanded=given.demanded,
            plain=given.plain,
        )
        following = _learn(answer, question)
        if following is None:
            return replace(answer, static_stamp=_stamp_static(project, answer))
        given = following
    raise _failed(answer, question)


def _learn(answer: Inspected, question: Question) -> Inspected | None:
    """What to give in the next round; None when the answer is good. Raises TenfoldError."""
    failure = answer.failure
    switches = frozenset(v.name for v in answer.variables if any(u.setting == "DEBUG" for u in v.uses))
    if failure is None:
        keys = frozenset(v.name for v in answer.variables if any(u.setting == "SECRET_KEY" for u in v.uses))
        if answer.facts.get("HAS_SECRET") is False and keys - answer.demanded:
            return replace(answer, demanded=answer.demanded | keys)
        retry = bool(answer.facts.get("DEBUG")) and bool(switches - answer.plain)
        return replace(answer, plain=answer.plain | switches) if retry else None
    missing = find_variable(failure, answer.variables, _environment(question, answer))
    if missing and missing not in answer.demanded and find_rule(Variable(missing, ())):
        return replace(answer, demanded=answer.demanded | {missing})
    if "'False'" in failure.message and switches - answer.plain:
        return replace(answer, plain=answer.plain | switches)
    raise _failed(answer, question)


def find_variable(failure: Failure, variables: tuple[Variable, ...], environment: Mapping[str, str]) -> str:
    """The variable whose absence the settings complain of, "" when it is something else.

    django-environ, decouple, environs and a project's own checks name it in their message.
    """
    if failure.variable:
        return failure.variable
    if asked := _ASKED.search(failure.message):
        name: str = next(filter(None, asked.groups()))
        if name not in environment:
            return name
    known = {variable.name.upper(): variable.name for variable in variables}
    words = [known.get(word.upper(), "") for word in _NAME.findall(failure.message)]
    return next((word for word in words if word and word not in environment), "")


def _kept(project: Project) -> frozenset[str]:
    """Variables that the project's own .env files set; examples and those of tests are not read by it."""
    files = project.repository.environment_files
    return frozenset(name for file in files if not file.example for name, _ in file.names)


def _stamp_static(project: Project, answer: Inspected) -> str:
    """Of files that git ignores, too: what a front end's build left in STATICFILES_DIRS."""
    paths = {project.root / file.path for file in project.files.all if _STATIC.search(file.path)}
    for folder in answer.items("STATICFILES_DIRS"):
        paths.update(Path(folder).rglob("*"))
    digest = sha256()
    for path in sorted(paths):
        with suppress(OSError):  # gone meanwhile: the stamp is of what is there
            state = path.stat()
            digest.update(f"{path}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _environment(question: Question, given: Inspected) -> dict[str, str]:
    values = give_variables(
        given, draft_endpoints(question.folder), question.config, own=frozenset(question.person)
    )
    person = {key: value for key, value in question.person.items() if key not in _NOT_FOR_OTHERS}
    return {**person, **{one.name: one.value for one in values}, **question.config.environment}


def _configuration(project: Project) -> str:
    return find_configuration(Path(find_folder(project))).get("DJANGO_CONFIGURATION", "")


def _ask(question: Question, given: Inspected) -> Inspected:
    folder = find_folder(question.project)
    request = {
        "root": str(question.project.root),
        "paths": find_paths(question.project),
        "settings": settings_module(question.project),
        "configuration": _configuration(question.project),
    }
    try:
        ran = subprocess.run(
            [str(question.python), "-B", "-W", "ignore", str(SCRIPT), json.dumps(request)],
            cwd=folder,
            env=_environment(question, given),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=question.seconds,
            check=False,
        )
        return read_answer(json.loads(ran.stdout))
    except subprocess.TimeoutExpired as error:
        raise TenfoldError(
            f"Importing {request['settings']} takes longer than {question.seconds:g} s.",
            why="It waits for something that is not there: a server, a host that does not answer.",
            next_step="Find what it waits for, or give it an address that answers: --env NAME=value.",
        ) from error
    except OSError as error:
        raise _unusable(question, str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(question, _last_line(ran.stderr)) from error


def _unusable(question: Question, why: str) -> TenfoldError:
    return TenfoldError(
        f"The project's interpreter {question.python} gives no answer.",
        why=why,
        next_step="Name another one with --python, or put its environment right.",
    )


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:500] if lines else "It ended without a word."


def _failed(answer: Inspected, question: Question) -> TenfoldError:
    """What the settings raise, as a person can act on it."""
    failure = answer.failure or Failure("RuntimeError", "the settings ask for ever more variables")
    missing = find_variable(failure, answer.variables, _environment(question, answer))
    place = f"{failure.file}:{failure.line}" if failure.file else settings_module(question.project)
    if missing:
        return _unset(missing, place, answer)
    if failure.type in ("ModuleNotFoundError", "ImportError"):
        return _unimportable(failure, place, answer, question=question)
    return TenfoldError(
        f"The settings raise {failure.type} at {place}.",
        why=failure.message or "It has no message.",
        next_step="If a variable decides it, give it: --env NAME=value, or [tool.tenfold.up.environment].",
    )


def _unimportable(failure: Failure, place: str, answer: Inspected, *, question: Question) -> TenfoldError:
    """A package that is not installed, a part of Python that is gone, or the settings themselves."""
    found = _NO_MODULE.search(failure.message)
    name = found[1] if found else ""
    settings = settings_module(question.project)
    why = f"{question.python} runs the project, and lacks what it imports."
    next_step = "Install the project's requirements there, or name another one with --python."
    if name and f"{settings}.".startswith(f"{name}."):
        others = ", ".join(path for path, _ in question.project.settings.others)
        why = f"Its deployment starts it with {settings}, which is no module of the project."
        next_step = "Make that file as its documentation says, or name another module: --settings MODULE" + (
            f" (there are {others})." if others else "."
        )
    elif (gone := _GONE.get(name.partition(".")[0])) and answer.python >= gone:
        since, runs = ".".join(map(str, gone)), ".".join(map(str, answer.python))
        why = f"Python {since} dropped {name}, and {question.python} is Python {runs}."
        next_step = (
            f"Make the project's environment with a Python before {since}, or upgrade what imports it."
        )
    return TenfoldError(
        f"The settings cannot be imported: {failure.message} ({place}).", why=why, next_step=next_step
    )


def _unset(name: str, place: str, answer: Inspected) -> TenfoldError:
    failure = answer.failure
    # A library or the project itself complains in words of its own: they may know of another way.
    said = f' It says: "{failure.message}"' if failure and failure.type not in _BARE else ""
    known = next((variable.places for variable in answer.variables if variable.name == name), ())
    places = ", ".join(dict.fromkeys((*known, *(() if known else (place,)))))
    return TenfoldError(
        f"The settings need the environment variable {name}, which is not set.",
        why=f"It is read at {places}, and Tenfold makes up no value that only you can know.{said}",
        next_step=f'Give it: --env {name}=value, or {name} = "value" under [tool.tenfold.up.environment].',
    )
