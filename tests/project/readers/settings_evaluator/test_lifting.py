from __future__ import annotations

import pytest

from tenfold.project.readers.settings_evaluator.lifting import attempt
from tenfold.project.settings_values import Undetermined


def test_an_operation_that_fails_is_not_told() -> None:
    assert attempt(lambda a, b: a / b, 1, 0) == Undetermined("fails when evaluated: ZeroDivisionError")


def test_a_mistake_of_the_evaluator_is_not_hidden() -> None:
    with pytest.raises(NameError):
        attempt(lambda: undefined_name)  # type: ignore[name-defined]  # noqa: F821
