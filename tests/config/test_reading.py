from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.config import Config, PathOverride, documented, load_config, override_config
from tenfold.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def load(root: Path, text: str, name: str = "tenfold.toml") -> Config:
    (root / name).write_text(text, encoding="utf-8")
    return load_config(root)


def refusal(root: Path, text: str, name: str = "tenfold.toml") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(root, text, name)
    return caught.value


def test_a_project_without_configuration_has_the_defaults(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()


def test_a_pyproject_of_other_tools_has_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "[tool.ruff]\nline-length = 100\n", "pyproject.toml") == Config()


EVERYTHING = """
select = ["settings"]
ignore = ["BP40"]
fail_on = "critical"
baseline = "known.json"
settings = "config.settings"
probe = "never"
python = ".venv/bin/python"
exclude = ["vendor/*"]
format = "markdown"
html = "report.html"
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    text = EVERYTHING + (
        '[severity]\naccounts = "critical"\n"http/named-urls" = "low"\n'
        '[[overrides]]\npaths = ["legacy/*"]\nignore = ["http"]\n'
        "[up]\nmemory = 2048\n"
    )
    config = load(tmp_path, text)
    assert config.up.memory == 2048
    assert config.exclude == ("vendor/*",)
    assert config.severity == {"accounts": "critical", "http/named-urls": "low"}
    assert config.overrides == (PathOverride(("legacy/*",), ("http",)),)
    assert all(getattr(config, one.field) != one.default for one in documented())


def test_both_files_hold_the_same_keys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    own = load(tmp_path / "a", EVERYTHING)
    assert load(tmp_path / "b", "[tool.tenfold]\n" + EVERYTHING, "pyproject.toml") == own


def test_a_folder_covers_what_is_in_it(tmp_path: Path) -> None:
    config = load(tmp_path, 'exclude = ["vendor/", "./legacy", "*/generated.py", "docs/*"]\n')
    assert config.exclude == (
        *("vendor", "vendor/*", "legacy", "legacy/*"),
        *("*/generated.py", "*/generated.py/*", "docs/*"),
    )
    (override,) = load(tmp_path, '[[overrides]]\npaths = ["old"]\nignore = ["http"]\n').overrides
    assert override.paths == ("old", "old/*")


def test_dashes_in_keys_are_underscores(tmp_path: Path) -> None:
    assert load(tmp_path, 'fail-on = "low"\n').fail_on == "low"


def test_two_configurations_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tenfold.toml").write_text("")
    error = refusal(tmp_path, "[tool.tenfold]\n", "pyproject.toml")
    assert "configured twice" in error.what


def test_an_unknown_key_is_refused_with_its_line_and_a_suggestion(tmp_path: Path) -> None:
    error = refusal(tmp_path, '[project]\nignored = 1\n\n[tool.tenfold]\nignored = ["x"]\n', "pyproject.toml")
    assert error.what == 'pyproject.toml:5: Tenfold knows no option "ignored".'
    assert error.next_step == 'Did you mean "ignore"?'


def test_a_key_like_no_other_lists_all_of_them(tmp_path: Path) -> None:
    assert "fail-on" in refusal(tmp_path, "zzz = 1\n").next_step


def test_an_unknown_table_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, '[tool.tenfold]\n\n[tool.tenfold.severities]\nx = "low"\n', "pyproject.toml")
    assert error.what.startswith("pyproject.toml:3: ")
    assert error.next_step == 'Did you mean "severity"?'


def test_an_unknown_key_of_an_override_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, '[[overrides]]\npath = ["a"]\nignore = ["http"]\n')
    assert error.what == 'tenfold.toml:2: Tenfold knows no option "path".'
    assert error.next_step == 'Did you mean "paths"?'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('select = "settings"', "tenfold.toml:1: select must be a list of strings, not 'settings'."),
        ("select = [1]", "tenfold.toml:1: select must be a list of strings, not [1]."),
        ("baseline = true", "tenfold.toml:1: baseline must be a string, not True."),
        (
            'fail_on = "severe"',
            "tenfold.toml:1: fail-on must be one of critical, high, medium, low, never, not 'severe'.",
        ),
        ("severity = 3", "tenfold.toml:1: severity must be a table of practice or topic = severity, not 3."),
        (
            "overrides = [1]",
            "tenfold.toml:1: overrides must be a list of tables with paths and ignore, not [1].",
        ),
        ('[severity]\nhttp = "loud"', "tenfold.toml:1: the severity of http must be one of critical, high, "),
        (
            '[up]\nservices = ["metric"]',
            "tenfold.toml:2: services must be a list of varnish, dashboard, metrics, storage, not ['metric'].",
        ),
        ('[up]\nstatsd = "localhost"', "tenfold.toml:2: statsd must be HOST:PORT, not 'localhost'."),
        ('[up]\nstatsd = "localhost:0"', "tenfold.toml:2: statsd must be HOST:PORT"),
        ('[[overrides]]\npaths = ["a"]', "tenfold.toml:1: overrides must be tables that hold both paths"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(tmp_path: Path, text: str, expected: str) -> None:
    error = refusal(tmp_path, text + "\n")
    assert error.what.startswith(expected)
    assert error.next_step


def test_broken_toml_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, "select = [\n").what == "tenfold.toml is no valid TOML."
    (tmp_path / "tenfold.toml").unlink()
    assert refusal(tmp_path, "[tool.tenfold]\nselect = [\n", "pyproject.toml").why


def test_a_broken_pyproject_without_our_table_is_not_our_matter(tmp_path: Path) -> None:
    assert load(tmp_path, "[project\n", "pyproject.toml") == Config()


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path, '\ufeffformat = "json"\n').format == "json"


def test_a_table_that_is_no_table_is_refused(tmp_path: Path) -> None:
    assert (
        "[tool.tenfold] must be a table" in refusal(tmp_path, "[tool]\ntenfold = 1\n", "pyproject.toml").what
    )


def test_options_of_the_command_line_win_when_they_are_given() -> None:
    config = override_config(Config(fail_on="low"), fail_on=None, format="json")
    assert (config.fail_on, config.format) == ("low", "json")


def test_every_key_is_documented_with_an_example_that_can_be_read(tmp_path: Path) -> None:
    for of, head in ((Config, ""), (PathOverride, "[[overrides]]\n")):
        for one in documented(of):
            other = {"paths": '\nignore = ["http"]', "ignore": '\npaths = ["a"]'} if head else {}
            config = load(tmp_path, f"{head}{one.name} = {one.example}{other.get(one.name, '')}\n")
            assert one.doc.endswith((".", "`")), one.name
            assert config != Config(), one.name
