from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_tenfold.conf.addresses import (
    parse_address,
    read_value,
    take_choice,
    take_count,
    take_flag,
    take_seconds,
)
from django_tenfold.conf.variables import MalformedError

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(user=TEXT, password=TEXT, name=TEXT, option=TEXT)
def test_whatever_is_percent_encoded_comes_back_as_it_was(
    user: str, password: str, name: str, option: str
) -> None:
    url = f"postgres://{quote(user, '')}:{quote(password, '')}@h:5432/{quote(name, '')}?a={quote(option, '')}"
    found = parse_address(url)
    assert (found.user, found.password, found.path) == (user, password, f"/{name}")
    assert (found.host, found.port, found.options) == ("h", 5432, {"a": option})


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_malformed_and_is_never_quoted(text: str) -> None:
    for url in (f"redis://u:{text}SECRET@h", f"redis://u:{text}SECRET@h:port"):
        told = ""
        try:
            parse_address(url)
        except MalformedError as error:
            told = str(error)
        assert "SECRET" not in told


@pytest.mark.parametrize(
    ("netloc", "host", "port"),
    [
        ("h", "h", None),
        ("H.Example:1", "H.Example", 1),
        ("[::1]:5432", "::1", 5432),
        ("[fe80::1]", "fe80::1", None),
        ("%2Fvar%2FRun%2Fpg", "/var/Run/pg", None),
        ("a,b", "a,b", None),
        ("a:1,b:2", "a,b", "1,2"),
        ("a,b:5432", "a,b", 5432),
        ("u:p@h", "h", None),
        ("", "", None),
    ],
)
def test_hosts_are_read_as_libpq_takes_them(netloc: str, host: str, port: object) -> None:
    found = parse_address(f"postgres://{netloc}/name")
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("name", "is no URL"),
        ("ftp://h", "scheme that is not known; known: redis"),
        ("redis://h:x", "host or port"),
        ("redis://h:99999", "host or port"),
        ("redis://[::1", "host or port"),
        ("redis://a:1,b", "host or port"),
        ("redis://u:p/w@h:1", "host or port"),
        ("redis://u:/w@h:1", "host or port"),
        ("redis://u:1/w@h:1", "host or port"),
        ("redis://u:p#w@h", "percent-encode it as %23"),
        ("redis://h\n", "control character"),
        ("redis://h?a=1&a=2", "'a' twice"),
        ("redis://h?a=", "'a' no value"),
        ("redis://h?a", "name=value"),
    ],
)
def test_what_would_be_lost_silently_is_refused(url: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why.replace("?", r"\?")):
        parse_address(url, schemes=("redis",), known="redis")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("1.5", 1.5),
        ("true", True),
        ("Off", False),
        ("1.2.3", "1.2.3"),
        ("a", "a"),
        ("²", "²"),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    found = read_value(text)
    assert (found, type(found)) == (value, type(value))


def test_options_of_our_own_are_taken_out_and_checked() -> None:
    options = {"s": "2.5", "f": "off", "c": "a", "n": "7", "kept": "x"}
    assert take_seconds(options, "s", 1.0) == 2.5
    assert take_flag(options, "f", default=True) is False
    assert take_choice(options, "c", ("a", "b")) == "a"
    assert take_count(options, "n", 1) == 7
    assert options == {"kept": "x"}
    assert (take_seconds(options, "s", 1.0), take_count(options, "n", 1)) == (1.0, 1)
    assert (take_flag(options, "f", default=True), take_choice(options, "c", ("a",))) == (True, "")


@pytest.mark.parametrize("text", ["x", "-1", "true", "86401", "1e999"])
def test_seconds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="no number of seconds"):
        take_seconds({"s": text}, "s", 1.0)


def test_flags_counts_and_choices_that_are_none_are_refused() -> None:
    with pytest.raises(MalformedError, match="neither true nor false"):
        take_flag({"f": "maybe"}, "f", default=True)
    with pytest.raises(MalformedError, match="no whole number"):
        take_count({"n": "1.5"}, "n", 1)
    with pytest.raises(MalformedError, match="another value than a, b"):
        take_choice({"c": "z"}, "c", ("a", "b"))
