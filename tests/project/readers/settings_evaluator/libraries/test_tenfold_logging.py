from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_tenfold.observability.log_config import logging_config
from tenfold.project.readers.settings_evaluator.libraries.tenfold_logging import build
from tests.project.readers.settings_reading import read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mail", [True, False])
@pytest.mark.parametrize("formatter", ["json", "plain"])
def test_what_is_known_of_it_is_what_it_returns(formatter: str, mail: bool) -> None:
    assert build(formatter, {"service": "shop"}, mail=mail) == logging_config(
        format=formatter, static={"service": "shop"}, mail_errors=mail
    )


SETTINGS = """
import os
from django_tenfold.observability.log_config import logging_config

DEBUG = {debug}
LOGGING = logging_config(debug=DEBUG, level=os.environ.get("LOG_LEVEL", "WARNING"), loggers={{"shop": "DEBUG"}})
"""


@pytest.mark.parametrize(("debug", "formatter"), [("False", "json"), ("True", "plain")])
def test_formatter_and_levels_follow_the_arguments(debug: str, formatter: str, tmp_path: Path) -> None:
    settings = read(tmp_path, SETTINGS.format(debug=debug))

    def values(*keys: str) -> list[object]:
        return [possible.value for possible in settings.possible("LOGGING", *keys)]

    assert values("handlers", "console", "formatter") == [formatter]
    assert "WARNING" in values("root", "level")
    assert values("loggers", "shop", "level") == ["DEBUG"]
    assert settings.possible("LOGGING", "loggers", "shop", "level")[0].where.line == 6


def test_arguments_that_cannot_be_told_are_no_guess(tmp_path: Path) -> None:
    text = "from django_tenfold.observability.log_config import logging_config\nLOGGING = logging_config(**load())\n"
    (only,) = read(tmp_path, text).possible("LOGGING")
    assert "logging_config" in only.value.why  # type: ignore[attr-defined]
