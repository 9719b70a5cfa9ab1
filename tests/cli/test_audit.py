from __future__ import annotations

import io
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.cli import _project
from tenfold.cli._project import make_request, settle_probe
from tenfold.cli.main import build_parser, find_verbs, main

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


def broken(home: Path, text: str = "DEBUG = True\n") -> Path:
    (home / "settings.py").write_text(text, encoding="utf-8")
    return home


def findings(capsys: Output) -> list[str]:
    return [one["practice"] for one in json.loads(capsys.readouterr().out)["findings"]]


def test_a_finding_at_the_threshold_ends_with_1(catalogue: Path, capsys: Output) -> None:
    broken(catalogue)
    assert main(["audit", str(catalogue)]) == 1
    captured = capsys.readouterr()
    assert "DEBUG = True is there" in captured.out
    assert captured.err == ""


def test_a_clean_project_ends_with_0(catalogue: Path) -> None:
    assert main(["audit", str(broken(catalogue, "DEBUG = False\n"))]) == 0


def test_findings_below_the_threshold_end_with_0(catalogue: Path) -> None:
    assert main(["audit", str(broken(catalogue)), "--fail-on", "never"]) == 0
    assert main(["audit", str(broken(catalogue, "ENV_FILE = 1\n"))]) == 0
    assert main(["audit", str(catalogue), "--fail-on", "low"]) == 1


def test_json_is_one_object_and_nothing_else(catalogue: Path, capsys: Output) -> None:
    main(["audit", str(broken(catalogue)), "--format", "json"])
    assert findings(capsys) == ["settings/debug-off"]


def test_an_unknown_format_is_a_usage_error(catalogue: Path, capsys: Output) -> None:
    assert main(["audit", str(broken(catalogue)), "--format", "pdf"]) == 2
    assert "pdf" in capsys.readouterr().err


def test_select_and_ignore_take_commas_and_repetition(catalogue: Path, capsys: Output) -> None:
    broken(catalogue, "DEBUG = True\nENV_FILE = 1\n")
    form = ["audit", str(catalogue), "--format", "json"]
    main([*form, "--select", "settings/debug-off,settings/env-file-not-committed"])
    assert sorted(findings(capsys)) == ["settings/debug-off", "settings/env-file-not-committed"]
    main([*form, "--select", "settings", "--ignore", "settings/debug-off"])
    assert findings(capsys) == ["settings/env-file-not-committed"]
    assert main([*form, "--select", "setings"]) == 2
    assert "Did you mean" in capsys.readouterr().err
    assert main([*form, "--select", ""]) == 2


def test_quiet_gives_one_line_per_finding(catalogue: Path, capsys: Output) -> None:
    main(["audit", str(broken(catalogue)), "--quiet"])
    captured = capsys.readouterr()
    assert captured.out == "settings.py:1: critical settings/debug-off: DEBUG = True is there\n"


def test_the_report_goes_to_a_file(catalogue: Path, tmp_path: Path, capsys: Output) -> None:
    out = tmp_path / "report.json"
    main(["audit", str(broken(catalogue)), "--format", "json", "--output", str(out)])
    assert json.loads(out.read_text(encoding="utf-8"))["findings"]
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_is_a_usage_error(catalogue: Path, capsys: Output) -> None:
    assert main(["audit", str(broken(catalogue)), "--output", str(catalogue / "no/where")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_baseline_hides_what_is_known_and_fails_on_what_is_gone(catalogue: Path, capsys: Output) -> None:
    broken(catalogue)
    assert main(["audit", str(catalogue), "--update-baseline"]) == 0
    assert (catalogue / "tenfold-baseline.json").is_file()
    assert main(["audit", str(catalogue)]) == 0
    broken(catalogue, "DEBUG = False\n")
    assert main(["audit", str(catalogue)]) == 1
    assert "fails: 1 obsolete baseline entry" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--quiet"], ["--format", "gitlab"], ["--format", "sarif"]])
def test_an_obsolete_baseline_is_said_where_the_report_has_no_place_for_it(
    options: list[str], catalogue: Path, capsys: Output
) -> None:
    main(["audit", str(broken(catalogue)), "--update-baseline"])
    broken(catalogue, "DEBUG = False\n")
    assert main(["audit", str(catalogue), *options]) == 1
    said = capsys.readouterr().err
    assert "  settings/debug-off settings.py DEBUG = True\n" in said
    assert "tenfold audit --update-baseline" in said
    assert main(["audit", str(catalogue), *options, "--fail-on", "never"]) == 0
    assert capsys.readouterr().err == ""


def test_an_update_drops_entries_of_practices_that_are_gone(catalogue: Path) -> None:
    main(["audit", str(broken(catalogue)), "--update-baseline"])
    file = catalogue / "tenfold-baseline.json"
    entries = json.loads(file.read_text(encoding="utf-8"))
    entries["findings"].append({"practice": "old/name", "path": "a.py", "fingerprint": "0", "note": ""})
    file.write_text(json.dumps(entries), encoding="utf-8")
    assert main(["audit", str(catalogue)]) == 1
    main(["audit", str(catalogue), "--update-baseline"])
    assert main(["audit", str(catalogue)]) == 0


def test_a_named_baseline_must_exist(catalogue: Path, capsys: Output) -> None:
    assert main(["audit", str(broken(catalogue)), "--baseline", "none.json"]) == 2
    assert "none.json" in capsys.readouterr().err


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_a_diff_base_leaves_only_what_is_new(catalogue: Path, capsys: Output) -> None:
    broken(catalogue, "DEBUG = True\n")
    git(catalogue, "init", "-q")
    git(catalogue, "add", "-A")
    git(catalogue, "commit", "-q", "-m", "one")
    broken(catalogue, "# moved\nDEBUG = True\nENV_FILE = 1\n")
    main(["audit", str(catalogue), "--format", "json", "--diff-base", "HEAD"])
    assert findings(capsys) == ["settings/env-file-not-committed"]
    assert main(["audit", str(catalogue), "--diff-base", "nowhere"]) == 2
    assert 'no commit "nowhere"' in capsys.readouterr().err


def test_an_audit_writes_nothing_into_the_project(catalogue: Path) -> None:
    main(["audit", str(broken(catalogue))])
    assert [path.name for path in catalogue.iterdir()] == ["settings.py"]


def settle(home: Path, *arguments: str) -> tuple[bool, str]:
    parsed = build_parser(find_verbs()).parse_args(["audit", str(home), *arguments])
    return settle_probe(make_request(parsed))


def test_a_project_is_not_run_on_the_word_of_its_own_configuration(catalogue: Path) -> None:
    (catalogue / "tenfold.toml").write_text('probe = "ask"\n', encoding="utf-8")
    assert settle(catalogue)[0] is False
    assert settle(catalogue, "--probe") == (True, "")


def test_a_configuration_can_refuse_the_probe(catalogue: Path) -> None:
    (catalogue / "tenfold.toml").write_text('probe = "never"\n', encoding="utf-8")
    running, why = settle(catalogue)
    assert not running
    assert "configuration" in why


def test_a_person_is_asked_once_and_the_answer_is_remembered(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(root: Path) -> bool:
        asked.append(root)
        return True

    monkeypatch.setattr("tenfold.cli._output.is_terminal", lambda: True)
    monkeypatch.setattr("tenfold.cli._project._ask", ask)
    assert settle(catalogue)[0] is True
    assert settle(catalogue)[0] is True
    assert settle(catalogue, "--no-probe")[0] is False
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("said", "answer"),
    [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("maybe\ny\n", True), ("", None)],
)
def test_only_an_answer_counts_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, answer: bool | None
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    assert _project._ask(tmp_path) is answer
