from __future__ import annotations

import json

from tenfold.report.json import render
from tenfold.report.parts.prefix import move_below
from tests.report.sample import make_sample, make_whole


def test_every_path_is_moved() -> None:
    report = json.loads(render(move_below(make_sample(), "services/shop")))
    paths = [
        place["path"]
        for found in (*report["findings"], *report["suppressed"])
        for place in (found, *found["related"])
    ]
    paths += [place["path"] for place in (*report["problems"], *report["unused_suppressions"])]
    assert "services/shop/shop/settings/production.py" in paths
    assert "services/shop/Procfile" in paths
    assert all(path.startswith("services/shop/") for path in paths)


def test_at_the_root_nothing_moves() -> None:
    assert move_below(make_sample(), "") == move_below(make_sample(), ".") == make_sample()


def test_the_anchor_is_moved_and_the_whole_project_stays() -> None:
    moved = move_below(make_whole(), "services/shop")
    assert moved.anchor == "services/shop/manage.py"
    assert [str(one.finding.where) for one in moved.shown] == ["."]
