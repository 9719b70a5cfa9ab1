"""What is known of one environment variable, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Absent(Enum):
    """Marks an argument that was not given: None may be a default."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable that the settings read."""

    name: str
    kind: str
    required: bool
    help: str = ""
    example: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a variable cannot be used. `what` never holds the value: it may be a secret."""

    variable: Variable
    what: str
    missing: bool = False


class MalformedError(ValueError):
    """A value that cannot be read; its text says why without quoting the value."""


def explain_problems(problems: Iterable[Problem]) -> str:
    """All problems in one text, each with its remedy."""
    told = [*problems]
    many = "1 environment variable is" if len(told) == 1 else f"{len(told)} environment variables are"
    return "\n".join([f"{many} missing or wrong:", *(f"  - {_explain(one)}" for one in told)])


def _explain(problem: Problem) -> str:
    variable = problem.variable
    parts = [f"{variable.name} {problem.what}."]
    if variable.help:
        parts.append(variable.help if variable.help.endswith((".", "?", "!")) else f"{variable.help}.")
    if variable.example:
        parts.append(f"Example: {variable.name}={variable.example}")
    if variable.secret and problem.missing:
        parts.append(f"(or a file that holds it: {variable.name}_FILE=/run/secrets/{variable.name.lower()})")
    return " ".join(parts)
