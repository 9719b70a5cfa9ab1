from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from django_tenfold.conf.secrets import development_key

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_key_of_development_lasts_for_one_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = development_key()
    assert here == development_key()
    assert here.startswith("django-insecure-")
    monkeypatch.chdir(tmp_path)
    assert development_key() != here


def test_a_key_of_development_is_made_for_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert len(development_key()) > 50
