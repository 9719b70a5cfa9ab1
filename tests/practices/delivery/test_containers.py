from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path


def test_an_image_that_two_stages_name_is_one_finding(tmp_path: Path) -> None:
    text = (
        'FROM own/base:latest AS builder\nFROM own/base:latest\nCOPY --from=builder /a /a\nCMD ["gunicorn"]\n'
    )
    (found,) = find_in(tmp_path, "delivery/containers", {"Dockerfile": text})
    assert (str(found.where), [str(place) for place in found.related]) == ("Dockerfile:1", ["Dockerfile:2"])


def test_a_stage_with_a_command_of_its_own_can_be_what_runs(tmp_path: Path) -> None:
    text = 'FROM python AS web\nCMD ["gunicorn"]\nFROM python:3.13 AS assets\nRUN make\n'
    (found,) = find_in(tmp_path, "delivery/containers", {"Dockerfile": text})
    assert str(found.where) == "Dockerfile:1"


def test_a_repository_that_says_nothing_is_a_preview(tmp_path: Path) -> None:
    (found,) = find_in(tmp_path, "delivery/containers", {"requirements.txt": "Django==5.2.4\n"})
    assert found.confidence is Confidence.PREVIEW
