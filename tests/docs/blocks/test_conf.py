"""The block's page: its example runs, and its tables are true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_tenfold.conf import brokers, caches, checks, mail, storages
from tests.django_tenfold.conf.reading_environment import set_variables

PAGE = (Path(__file__).parents[3] / "docs" / "blocks" / "conf.md").read_text(encoding="utf-8")


def run_example(folder: Path) -> dict[str, Any]:
    (code,) = (text for text in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "env.check()" in text)
    names: dict[str, Any] = {"__file__": str(folder / "shop" / "settings.py"), "__name__": "shop.settings"}
    exec(compile(code, "settings.py", "exec"), names)
    return names


def test_the_example_starts_in_development_with_nothing_but_debug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_variables(monkeypatch, DEBUG="1")
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    made = run_example(tmp_path)
    assert made["DATABASES"]["default"]["NAME"] == str(tmp_path / "db.sqlite3")
    assert made["STORAGES"]["default"]["OPTIONS"] == {"location": str(tmp_path / "media")}
    assert "console" in str(made.get("MAILERS") or made["EMAIL_BACKEND"])


def test_the_example_tells_in_production_what_the_page_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_variables(monkeypatch)
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    with pytest.raises(ImproperlyConfigured) as raised:
        run_example(tmp_path)
    for line in str(raised.value).splitlines()[:3]:
        assert line in PAGE


def test_every_scheme_and_every_check_stands_on_the_page() -> None:
    rare = {"dummy", "memory", "valkeys", "smtp+ssl", "amqps", "pyamqp", "redis+socket"}
    schemes = {*caches.SCHEMES, *storages.SCHEMES, *mail.SCHEMES, *brokers.SCHEMES} - rare
    assert {one for one in schemes if f"{one}:" not in PAGE} == set()
    source = Path(checks.__file__).read_text(encoding="utf-8")
    ids = set(re.findall(r'"tenfold\.([EW]\d{3})"', source))
    assert {one for one in ids if one not in PAGE} == set()
