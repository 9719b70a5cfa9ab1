from __future__ import annotations

from tenfold.stack.endpoints import draft_endpoints, endpoints_of
from tests.stack.example_site import make_site


def test_what_the_stack_has_not_is_nought() -> None:
    assert endpoints_of(make_site()).replica == 20433
    assert endpoints_of(make_site(config={"without": ("replica", "mail")})).replica == 0
    assert endpoints_of(make_site(config={"without": ("mail",)})).mail == 0


def test_a_draft_has_the_form_of_the_final_values() -> None:
    draft, final = draft_endpoints("/srv/.tenfold"), endpoints_of(make_site())
    assert draft.cache_url.rpartition(":")[0] == final.cache_url.rpartition(":")[0]
    assert draft.broker.rpartition(":")[0] == final.broker.rpartition(":")[0]
    assert draft.public.rpartition(":")[0] == final.public.rpartition(":")[0] == "https://localhost"
    assert len(draft.secret) >= 50  # as Django asks of a SECRET_KEY


def test_a_replicas_url_leads_to_the_replica() -> None:
    final = endpoints_of(make_site())
    assert final.database_url(replica=True) == "postgres://tenfold:database-secret@127.0.0.1:20433/app"
    assert final.database_url(name="app_logs").endswith("@127.0.0.1:20432/app_logs")
