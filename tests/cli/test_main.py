from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import tenfold
from tenfold.cli import main as command
from tenfold.cli.main import main
from tenfold.errors import TenfoldError


def run_verb(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """`tenfold fails` raises the error."""

    def fail(_: object) -> int:
        raise error

    verb = SimpleNamespace(NAME="fails", HELP="", __doc__="", add_arguments=lambda _: None, run=fail)
    monkeypatch.setattr(command, "find_verbs", lambda: {"fails": verb})


def test_the_verbs_are_the_files_of_the_package() -> None:
    assert {"audit", "explain", "fix", "new-practice", "practices"} <= set(command.find_verbs())


def test_every_verb_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in command.find_verbs():
        assert main([verb, "--help"]) == 0
        assert f"usage: tenfold {verb}" in capsys.readouterr().out


def test_no_verb_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "audit" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tenfold {tenfold.__version__}\n"


def test_a_misspelt_verb_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adit", "."]) == 2
    assert 'Did you mean "audit"?' in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--frob"]) == 2
    assert "--frob" in capsys.readouterr().err


def test_what_a_person_can_put_right_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_verb(monkeypatch, TenfoldError("It is so.", why="Because.", next_step="Do that."))
    assert main(["fails"]) == 2
    assert capsys.readouterr().err == "tenfold: It is so.\n  Because.\n  Do that.\n"


def test_a_fault_is_short_unless_it_is_debugged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_verb(monkeypatch, ZeroDivisionError("no"))
    assert main(["fails"]) == 3
    message = capsys.readouterr().err
    assert "ZeroDivisionError: no" in message
    assert "report it" in message
    assert "Traceback" not in message


@pytest.mark.parametrize("given", [["fails", "--debug"], ["--debug", "fails"]])
def test_the_traceback_of_a_fault_is_shown_with_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    run_verb(monkeypatch, ZeroDivisionError("no"))
    assert main(given) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    run_verb(monkeypatch, KeyboardInterrupt())
    assert main(["fails"]) == 130


def test_a_reader_that_went_away_is_no_fault() -> None:
    script = "import sys; from tenfold.cli.main import main; sys.exit(main(['practices']))"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_pre_commit_hooks_call_the_verbs_as_they_are() -> None:
    home = Path(tenfold.__file__).parents[2]
    hooks = yaml.safe_load((home / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    parser = command.build_parser(command.find_verbs())
    for hook in hooks:
        program, *arguments = hook["entry"].split()
        assert program == "tenfold"
        assert parser.parse_args(arguments).probe is False
        assert hook["pass_filenames"] is False


def test_help_loads_none_of_the_heavy_modules() -> None:
    script = (
        "import sys; from tenfold.cli.main import main; main(['--help']);"
        "print([m for m in ('rich', 'yaml', 'jinja2', 'crossplane', 'subprocess', 'tenfold.audit.engine',"
        " 'tenfold.edits.apply', 'tenfold.practices.catalogue') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
