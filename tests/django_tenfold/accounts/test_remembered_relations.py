"""A profile is remembered with its user, and each request has one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.memory_checks import check_memory
from django_tenfold.accounts.remembered_relations import read_rows, refuse_relation
from django_tenfold.accounts.remembered_user import IMMUTABLE, RememberedUser
from django_tenfold.accounts.triggers import list_watched
from tests.django_site.people.models import Card, Person

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _site(sqlite_database: None) -> Iterator[None]:
    with override_settings(TENFOLD_ACCOUNTS={"user_with": ["card"]}):
        yield
    stop_following()


@pytest.fixture
def ann() -> Any:
    return get_user_model().objects.create_user("ann@example.org", "pw")


def remember(user: Any) -> RememberedUser:
    return RememberedUser(user, "", follow(Person), read_rows(user, "default", IMMUTABLE))


def test_a_copy_of_the_user_has_its_row_and_the_row_has_the_copy(ann: Any) -> None:
    card = Card.objects.create(user=ann, colour="red", facts={"sizes": [1]})
    kept = remember(Person.objects.get())
    card.delete()  # nobody reads it again
    first, second = kept.make_instance(), kept.make_instance()
    first.card.colour = "blue"
    first.card.facts["sizes"].append(2)
    assert (second.card.colour, second.card.facts) == ("red", {"sizes": [1]})
    assert (first.card.user is first, second.card.user is second) == (True, True)


def test_a_row_that_was_remembered_can_be_saved(ann: Any) -> None:
    Card.objects.create(user=ann, colour="red")
    card = remember(Person.objects.get()).make_instance().card
    card.colour = "blue"
    card.save()
    assert [one.colour for one in Card.objects.all()] == ["blue"]


def test_a_row_that_does_not_exist_is_asked_for_when_it_is_used(ann: Any) -> None:
    user = remember(ann).make_instance()
    with pytest.raises(Card.DoesNotExist):
        user.card  # noqa: B018
    Card.objects.create(user=ann, colour="red")
    assert remember(ann).make_instance().card.colour == "red"


def test_its_table_is_watched_by_the_column_that_leads_to_the_user() -> None:
    watched = {one.table: one for one in list_watched("default")}
    assert (watched["people_card"].column, watched["people_card"].events[0]) == ("user_id", "insert")


@pytest.mark.parametrize("name", ["cards", "groups", "email", "logentry"])
def test_what_is_not_one_to_one_is_refused_and_left_out(name: str, ann: Any) -> None:
    with override_settings(TENFOLD_ACCOUNTS={"user_with": [name]}):
        assert [one.id for one in check_memory(None) if name in one.msg] == ["tenfold.E249"]
        assert remember(ann).rows == ()
    assert refuse_relation(Person, "card") == ""
