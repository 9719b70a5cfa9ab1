from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from django_tenfold.observability.record import Record, current
from django_tenfold.observability.sentry import _prepare, init_sentry

if TYPE_CHECKING:
    from collections.abc import Iterator

DSN = "https://key@sentry.example/1"


class Sent(Transport):
    """Keeps events instead of sending them."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.events += [item.payload.json for item in envelope.items if item.payload.json]


@pytest.fixture
def sent() -> Iterator[Sent]:
    """Sentry is off again afterwards."""
    yield Sent()
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_without_a_dsn_nothing_is_started() -> None:
    assert init_sentry("") is False
    assert init_sentry(None) is False
    assert not sentry_sdk.get_client().is_active()


def test_a_dsn_without_the_package_is_told_and_the_site_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("django_tenfold.observability.sentry.find_spec", lambda name: None)
    assert init_sentry(DSN) is False
    assert "pip install sentry-sdk" in caplog.text


def test_a_share_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="traces is 10"):
        init_sentry(DSN, traces=10)


def make_secret() -> str:
    """Made, so that it does not stand in the source, lines of which Sentry sends along."""
    return "hunter" + str(2)


def test_an_error_is_sent_with_its_request_id_and_without_secrets(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SHA", "abc123")
    assert init_sentry(DSN, environment="staging", transport=sent, auto_enabling_integrations=False)
    token = current.set(Record("request-1", 0.0))
    try:
        api_token, card_number, shown = make_secret(), "4111", "seen"
        raise ValueError(f"broken {len(api_token + card_number + shown)}")
    except ValueError:
        logging.getLogger("shop").exception(
            "failed", extra={"password": make_secret(), "nested": [{"csrf": make_secret()}]}
        )
    finally:
        current.reset(token)
    (event,) = sent.events
    text = json.dumps(event)
    assert make_secret() not in text
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]["card_number"] == "[masked]"
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]["shown"] == "'seen'"
    assert event["tags"]["request_id"] == "request-1"
    assert (event["release"], event["environment"]) == ("abc123", "staging")
    assert "user" not in event


EVENT = {
    "user": {"id": 7, "email": "ann@shop.example", "ip_address": "10.0.0.7"},
    "server_name": "web-1",
    "request": {
        "url": "https://shop.example/reset",
        "query_string": "token=hunter2",
        "headers": {"Cookie": "sessionid=hunter2", "X-Forwarded-For": "10.0.0.7", "Accept": "text/html"},
        "cookies": {"sessionid": "hunter2"},
    },
}


def test_nothing_personal_is_sent_unless_asked_for() -> None:
    event = _prepare(False)(json.loads(json.dumps(EVENT)), {})
    assert event["request"]["headers"] == {
        "Cookie": "[masked]",
        "X-Forwarded-For": "[masked]",
        "Accept": "text/html",
    }
    assert "hunter2" not in json.dumps(event)
    assert not {"user", "server_name"} & set(event)
    kept = _prepare(True)(json.loads(json.dumps(EVENT)), {})
    assert kept["user"]["id"] == 7
    assert kept["request"]["headers"]["X-Forwarded-For"] == "10.0.0.7"


def test_an_event_without_end_is_cut_instead_of_lost() -> None:
    around: dict[str, Any] = {}
    around["in"] = around
    assert json.dumps(_prepare(False)({"extra": around}, {})).count('"in"') <= 20
