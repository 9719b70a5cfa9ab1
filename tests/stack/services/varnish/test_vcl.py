from __future__ import annotations

import re

import pytest

from tenfold.stack.services.varnish.vcl import Backend, VclConfig, render_vcl

TWO = VclConfig((Backend(path="/srv/run/app-1.sock"), Backend(host="127.0.0.1", port=20802)), 35.0)


def test_varnish_without_a_backend_is_refused() -> None:
    with pytest.raises(ValueError, match="backend"):
        render_vcl(VclConfig((), 35.0))


def test_every_instance_is_a_backend_in_turn() -> None:
    text = render_vcl(TWO)
    assert '.path = "/srv/run/app-1.sock";' in text
    assert '.port = "20802";' in text
    assert text.count("application.add_backend(") == 2


def test_pages_are_kept_for_seconds_only() -> None:
    assert "set beresp.ttl = 10s;" in render_vcl(TWO)


def test_whoever_has_a_session_or_credentials_gets_no_kept_page() -> None:
    text = render_vcl(TWO)
    received = text[text.index("sub vcl_recv") : text.index("sub vcl_hash")]
    assert re.search(r"req\.http\.Authorization.*\n\s+return \(pass\)", received)
    assert "unset req.http.Cookie;" in received


def test_requests_that_may_have_had_an_effect_are_not_sent_again() -> None:
    text = render_vcl(TWO)
    error = text[text.index("sub vcl_backend_error") :]
    assert re.search(
        r'bereq\.method == "GET" \|\| bereq\.method == "HEAD"\)\) \{[^}]*return \(retry\)', error
    )
