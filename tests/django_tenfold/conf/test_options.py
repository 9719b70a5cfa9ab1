from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class Example:
    retries: int = option(5, "How often.", at_least=0)
    wait: float = option(1.5, "Seconds.", at_most=60)
    mode: str = option("late", "When.", choices=("late", "early"))
    folder: str | None = option(None, "Where.")
    hosts: tuple[str, ...] = option(("a",), "Which.")
    strict: bool = option(False, "Whether.")


options = BlockOptions("TENFOLD_EXAMPLE", Example)


def test_an_unset_setting_gives_every_default() -> None:
    assert options() == Example(5, 1.5, "late", None, ("a",), False)


def test_options_follow_the_setting_as_it_changes() -> None:
    with override_settings(TENFOLD_EXAMPLE={"retries": 0, "wait": 2, "hosts": ["b"], "folder": "x"}):
        assert options() == Example(0, 2, "late", "x", ("b",), False)
    assert options().retries == 5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"retires": 1}, "Did you mean 'retries'?"),
        ({"zebra": 1}, "Known: retries, wait"),
        ({"retries": -1}, "at least 0"),
        ({"retries": True}, "must be int"),
        ({"strict": 1}, "must be bool"),
        ({"wait": 61}, "at most 60"),
        ({"wait": "1"}, "must be float"),
        ({"mode": "never"}, "one of late, early"),
        ({"folder": 3}, "must be str"),
        ({"hosts": "b"}, "list of strings"),
        ([], "must be a dictionary"),
    ],
)
def test_a_wrong_option_is_refused_with_the_reason(given: object, said: str) -> None:
    with override_settings(TENFOLD_EXAMPLE=given), pytest.raises(ImproperlyConfigured, match=r".") as caught:
        options()
    assert said in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with override_settings(TENFOLD_EXAMPLE={"retries": -1, "mode": "x", "strict": 0}):
        assert len(options.report_problems("tenfold.E100")) == 3


def test_every_option_documents_itself() -> None:
    documented = {one.name: one for one in options.document()}
    assert documented["retries"].kind == "int"
    assert documented["folder"].kind == "str | None"
    assert documented["mode"].choices == ("late", "early")
