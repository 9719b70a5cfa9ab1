from __future__ import annotations

import json
import subprocess
import sys

from tests.reference.template_copy import ROOT


def test_the_reference_project_scores_a_hundred() -> None:
    words = ("audit", str(ROOT), "--no-probe", "--no-cache", "--format", "json", "--fail-on", "never")
    done = subprocess.run(
        [sys.executable, "-m", "tenfold", *words], capture_output=True, text=True, check=True
    )
    audit = json.loads(done.stdout)
    assert audit["score"]["overall"] == 100, [finding["message"] for finding in audit["findings"]]
