from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tenfold.stack.runner.status import decode_status, encode_status
from tests.cli.fake_stack import make_status

if TYPE_CHECKING:
    from pathlib import Path


def test_a_status_survives_its_way_through_json(tmp_path: Path) -> None:
    status = make_status(tmp_path, app_1="failed")
    assert decode_status(json.loads(json.dumps(encode_status(status)))) == status


def test_what_a_newer_supervisor_adds_is_left_out(tmp_path: Path) -> None:
    status = make_status(tmp_path)
    data = {**encode_status(status), "ok": True, "mood": "good"}
    data["services"][0]["colour"] = "blue"
    assert decode_status(data) == status
