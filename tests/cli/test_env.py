from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose settings read two variables, and cannot be imported."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "manage.py").write_text(
        'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n', encoding="utf-8"
    )
    (tmp_path / "shop" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "shop" / "settings.py").write_text(
        'import os\nimport no_such_module\n\nSECRET_KEY = os.environ["SECRET_KEY"]  # Signs sessions.\n'
        'DEBUG = os.environ.get("DEBUG", "") == "1"\n',
        encoding="utf-8",
    )
    return tmp_path


def test_the_plan_is_printed_and_nothing_is_written(shop: Path, capsys: Output) -> None:
    assert main(["env", str(shop)]) == 0
    out = capsys.readouterr().out
    assert "+## Signs sessions. Required. Secret.\n+SECRET_KEY=\n" in out
    assert ".env.example by this diff; --apply writes it." in out
    assert not (shop / ".env.example").exists()


def test_apply_writes_what_check_then_finds_in_step_and_undo_takes_back(shop: Path, capsys: Output) -> None:
    assert main(["env", str(shop), "--check"]) == 1
    assert ".env.example lacks SECRET_KEY" in capsys.readouterr().out
    assert main(["env", str(shop), "--apply"]) == 0
    assert main(["env", str(shop), "--check"]) == 0
    assert main(["env", str(shop)]) == 0
    assert ".env.example is in step with the code." in capsys.readouterr().out
    assert main(["fix", str(shop), "--undo"]) == 0
    assert not (shop / ".env.example").exists()


def test_drift_is_told_by_name(shop: Path, capsys: Output) -> None:
    main(["env", str(shop), "--apply"])
    settings = shop / "shop" / "settings.py"
    text = settings.read_text(encoding="utf-8").replace("Signs sessions.", "Signs all.")
    settings.write_text(text + 'PORT = os.environ["PORT"]\n', encoding="utf-8")
    file = shop / ".env.example"
    file.write_text(file.read_text(encoding="utf-8") + "OWN=1\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["env", str(shop), "--check"]) == 1
    out = capsys.readouterr().out
    assert ".env.example lacks PORT" in out
    assert ".env.example says of SECRET_KEY what the code no longer says" in out
    assert ".env.example has OWN, which the settings do not read: kept" in out
    assert main(["env", str(shop), "--apply"]) == 0
    assert "OWN=1\n" in file.read_text(encoding="utf-8")


def test_the_file_alone_is_printed(shop: Path, capsys: Output) -> None:
    assert main(["env", str(shop), "--stdout"]) == 0
    assert capsys.readouterr().out.endswith("SECRET_KEY=\n\n## Optional.\n#DEBUG=\n")


def test_the_variables_are_one_json_object(shop: Path, capsys: Output) -> None:
    assert main(["env", str(shop), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["required"], one["where"]) for one in told["variables"]] == [
        ("SECRET_KEY", True, "shop/settings.py:4"),
        ("DEBUG", False, "shop/settings.py:5"),
    ]
    assert told["added"] == ["SECRET_KEY", "DEBUG"]


def test_a_project_that_reads_no_variable_gets_no_file(shop: Path, capsys: Output) -> None:
    (shop / "shop" / "settings.py").write_text('SECRET_KEY = "x"\n', encoding="utf-8")
    assert main(["env", str(shop), "--apply"]) == 0
    assert "read no environment variable" in capsys.readouterr().out
    assert not (shop / ".env.example").exists()


@pytest.mark.parametrize("file", ["../outside", "/etc/example"])
def test_a_file_outside_the_project_is_refused(shop: Path, capsys: Output, file: str) -> None:
    assert main(["env", str(shop), "--file", file]) == 2
    assert "not inside the project" in capsys.readouterr().err


def test_a_file_that_is_no_text_is_refused(shop: Path, capsys: Output) -> None:
    (shop / ".env.example").write_bytes(b"\xff\xfe")
    assert main(["env", str(shop), "--apply"]) == 2
    assert ".env.example cannot be read" in capsys.readouterr().err


def test_a_project_without_settings_is_told_how_to_name_them(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "manage.py").write_text("", encoding="utf-8")
    assert main(["env", str(tmp_path)]) == 2
    assert "--settings MODULE" in capsys.readouterr().err
