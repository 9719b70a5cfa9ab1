from __future__ import annotations

from django_tenfold.conf.variables import Problem, Variable, explain_problems


def test_one_problem_is_told_as_one() -> None:
    variable = Variable("PORT", "int", required=True, help="Where it listens.", example="8000")
    told = explain_problems([Problem(variable, "is not set", missing=True)])
    assert told == (
        "1 environment variable is missing or wrong:\n"
        "  - PORT is not set. Where it listens. Example: PORT=8000"
    )
