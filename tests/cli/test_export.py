from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.export import read_machine
from tenfold.cli.main import main
from tenfold.errors import TenfoldError
from tests.builders import write_files
from tests.stack.export.test_facts import FILES

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return write_files(tmp_path / "shop", FILES)


def export(shop: Path, *words: str, engine: str = "plain") -> int:
    return main(["export", engine, str(shop), "--quiet", *words])


def listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_export_writes_into_its_folder_and_nowhere_else(shop: Path, capsys: Output) -> None:
    before = listing(shop)
    assert export(shop) == 0
    shown = capsys.readouterr()
    assert f"Writing into {shop / 'deploy' / 'plain'}, and nowhere else." in shown.err
    assert {path for path in listing(shop) - before if not path.startswith("deploy/plain/")} == set()
    assert "Next: " in shown.out


def test_a_second_export_writes_nothing(shop: Path, capsys: Output) -> None:
    export(shop)
    folder = shop / "deploy" / "plain"
    stamps = {path: (folder / path).stat().st_mtime_ns for path in listing(folder)}
    capsys.readouterr()
    assert export(shop) == 0
    assert "written:" not in capsys.readouterr().out
    assert {path: (folder / path).stat().st_mtime_ns for path in listing(folder)} == stamps


def test_what_one_export_wrote_is_no_fact_for_another(shop: Path) -> None:
    export(shop, engine="plain")
    export(shop, engine="compose")
    export(shop, engine="kubernetes")
    assert export(shop, "--check", engine="plain") == 0
    assert export(shop, "--check", engine="compose") == 0


def test_scripts_can_be_run_and_the_rest_cannot(shop: Path) -> None:
    export(shop, engine="compose")
    folder = shop / "deploy" / "compose"
    assert os.access(folder / "secrets.sh", os.X_OK)
    assert not (folder / "compose.yaml").stat().st_mode & 0o111


def test_check_tells_what_has_drifted(shop: Path, capsys: Output) -> None:
    export(shop)
    assert export(shop, "--check") == 0
    folder = shop / "deploy" / "plain"
    (folder / "cache.conf").unlink()
    (folder / "nginx.conf").write_text((folder / "nginx.conf").read_text() + "# mine\n")
    (folder / "grafana-dashboard.json").write_text("{}\n")
    capsys.readouterr()
    assert export(shop, "--check") == 1
    out = capsys.readouterr().out
    assert f"missing: {folder / 'cache.conf'}" in out
    assert f"edited: {folder / 'nginx.conf'}" in out
    assert f"edited: {folder / 'grafana-dashboard.json'}" in out
    assert "stale" not in out
    assert not (folder / "cache.conf").exists()


def test_a_changed_size_makes_files_stale(shop: Path, capsys: Output) -> None:
    export(shop)
    assert export(shop, "--check", "--cores", "8", "--memory", "32G") == 1
    out = capsys.readouterr().out
    assert f"stale: {shop / 'deploy' / 'plain' / 'postgresql.conf'}" in out


def test_a_change_of_the_configuration_makes_files_stale(shop: Path, capsys: Output) -> None:
    export(shop)
    (shop / "tenfold.toml").write_text("[up]\ntimeout = 60\n")
    assert export(shop, "--check") == 1
    assert f"stale: {shop / 'deploy' / 'plain' / 'nginx.conf'}" in capsys.readouterr().out


def test_a_later_run_asks_for_what_the_first_one_asked(shop: Path) -> None:
    export(shop, "--cores", "8", "--memory", "32G", "--host", "a.example.org", "--name", "other")
    assert export(shop, "--check") == 0
    text = (shop / "deploy" / "plain" / "nginx.conf").read_text()
    assert "worker_processes 8;" in text
    assert "server_name a.example.org;" in text
    assert "/run/other/app-1.sock" in text


def test_a_file_edited_by_hand_is_shown_and_left_alone(shop: Path, capsys: Output) -> None:
    export(shop)
    mine = shop / "deploy" / "plain" / "nginx.conf"
    mine.write_text(mine.read_text().replace("gzip on;", "gzip off;"))
    capsys.readouterr()
    assert export(shop) == 1
    out = capsys.readouterr().out
    assert "-    gzip off;" in out
    assert "+    gzip on;" in out
    assert "--force" in out
    assert "gzip off;" in mine.read_text()
    assert export(shop, "--force") == 0
    assert "gzip on;" in mine.read_text()


def test_a_file_that_was_there_before_is_never_written_over(shop: Path) -> None:
    write_files(shop, {"deploy/plain/nginx.conf": "my own\n"})
    assert export(shop) == 1
    assert (shop / "deploy" / "plain" / "nginx.conf").read_text() == "my own\n"


def test_a_plan_shows_the_diff_and_writes_nothing(shop: Path, capsys: Output) -> None:
    assert export(shop, "--plan") == 0
    out = capsys.readouterr().out
    assert "+++ b/nginx.conf" in out
    assert not (shop / "deploy").exists()


def test_files_that_the_export_has_no_more_are_removed(shop: Path, capsys: Output) -> None:
    export(shop)
    folder = shop / "deploy" / "plain"
    assert (folder / "pgbouncer.ini").exists()
    (shop / "tenfold.toml").write_text('[up]\npooler = "persistent"\n')
    assert export(shop) == 0
    assert not (folder / "pgbouncer.ini").exists()
    assert f"removed: {folder / 'pgbouncer.ini'}" in capsys.readouterr().out


def test_json_tells_the_state_of_each_file(shop: Path, capsys: Output) -> None:
    assert export(shop, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["engine"] == "plain"
    assert {file["state"] for file in document["files"]} == {"missing"}
    assert all(file["written"] for file in document["files"])
    assert any("DISABLE_SERVER_SIDE_CURSORS" in note for note in document["notes"])


def test_another_folder_of_the_project_is_taken_by_wish(shop: Path) -> None:
    assert export(shop, "--to", str(shop / "ops" / "stack"), engine="compose") == 0
    text = (shop / "ops" / "stack" / "compose.yaml").read_text()
    assert "dockerfile: ops/stack/Dockerfile" in text
    assert not (shop / "deploy").exists()


@pytest.mark.parametrize("folder", ["..", "../elsewhere", "."])
def test_a_folder_outside_of_the_project_is_refused(shop: Path, folder: str, capsys: Output) -> None:
    assert export(shop, "--to", str(shop / folder)) == 2
    assert "not a folder inside the project" in capsys.readouterr().err


def test_an_unknown_engine_is_refused_with_the_known_ones(shop: Path, capsys: Output) -> None:
    assert export(shop, engine="swarm") == 2
    assert "ansible, compose, kubernetes, plain, systemd" in capsys.readouterr().err


def test_the_projects_own_dockerfile_stays_as_it_is(shop: Path) -> None:
    write_files(shop, {"Dockerfile": "FROM scratch\n", ".dockerignore": "x\n"})
    export(shop, engine="compose")
    assert (shop / "Dockerfile").read_text() == "FROM scratch\n"
    assert (shop / ".dockerignore").read_text() == "x\n"


@pytest.mark.parametrize(
    ("text", "size"),
    [("16G", 16 * 1024**3), ("2048M", 2 * 1024**3), ("1.5g", 1536 * 1024**2), ("8GiB", 8 * 1024**3)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert read_machine(4, text).memory == size


@pytest.mark.parametrize("text", ["", "much", "G", "1K", "-8G", "16X"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(TenfoldError, match="--memory 16G"):
        read_machine(4, text)
