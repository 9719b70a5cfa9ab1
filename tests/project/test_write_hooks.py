from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.project import read_project
from tenfold.project.write_hooks import WriteHooks
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models


class Plain(models.Model):
    name = models.CharField(max_length=9)


class Base(models.Model):
    class Meta:
        abstract = True

    def save(self, **options):
        super().save(**options)


class Own(Base):
    name = models.CharField(max_length=9)
"""
HEAD = "from django.db.models.signals import post_delete, post_save\nfrom django.dispatch import receiver\n"
RECEIVER = "from shop.models import Plain\n\n\n@receiver({})\ndef told(**kwargs): ...\n"


def hooks(root: Path, receivers: str = "") -> WriteHooks:
    write_project(root, {"shop/models.py": MODELS, "shop/receivers.py": HEAD + receivers})
    return WriteHooks(read_project(root))


def test_a_save_of_its_own_or_of_a_base_is_code_that_runs(tmp_path: Path) -> None:
    found = hooks(tmp_path)
    assert found.runs_code("shop.own")
    assert not found.runs_code("shop.plain")
    assert found.runs_code("other.unknown")


@pytest.mark.parametrize(
    ("given", "runs"),
    [
        ("post_save, sender=Plain", True),
        ("[post_save], sender='shop.Plain'", True),
        ("post_save", True),
        ("post_save, sender='shop.Own'", False),
        ("post_delete, sender=Plain", False),
    ],
)
def test_a_receiver_of_saves_is_code_that_runs(given: str, runs: bool, tmp_path: Path) -> None:
    assert hooks(tmp_path, RECEIVER.format(given)).runs_code("shop.plain") is runs


def test_a_connected_receiver_is_code_that_runs(tmp_path: Path) -> None:
    text = "from shop.models import Plain\n\npost_save.connect(print, sender=Plain)\n"
    assert hooks(tmp_path, text).runs_code("shop.plain")
