from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from django_tenfold.accounts.email_address import fold_address, has_plain_local_part, normalise_address


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ann@Example.ORG\n", "Ann@example.org"),
        ("ann@B\u00dcCHER.example", "ann@xn--bcher-kva.example"),
        ("ann\uff20example.org", "ann@example.org"),
        ("\uff41nn@x.org", "ann@x.org"),
        ("Ann+shop@x.org", "Ann+shop@x.org"),
        ('"a@b"@X.org', '"a@b"@x.org'),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_an_address_has_one_stored_spelling(typed: str, stored: str) -> None:
    assert normalise_address(typed) == stored
    assert normalise_address(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "ann@x.org\nbcc: eve@x.org",
        "ann@exa\u2100mple.org",
        "ann@" + "b\u00fc" * 100 + ".org",
        "ann@x.org\x00",
        "@",
    ],
)
def test_what_no_spelling_mends_is_left_for_the_validator_to_refuse(typed: str) -> None:
    with pytest.raises(ValidationError):
        validate_email(normalise_address(typed))


def test_a_text_too_long_for_an_address_is_not_worked_on() -> None:
    long = "\ufdfa" * 100_000
    assert normalise_address(long) == long
    assert len(fold_address(long)) < 10_000


@pytest.mark.parametrize("spelled", ["ANN@x.org", "\u00e1nn@x.org", "\uff41nn@X.ORG ", "ann@x.org"])
def test_every_spelling_that_a_database_may_take_for_one_account_folds_to_one_key(spelled: str) -> None:
    assert fold_address(spelled) == "ann@x.org"


def test_lookalike_letters_fold_to_their_ascii_twins() -> None:
    assert fold_address("m\u0131ke@x.org") == fold_address("MIKE@x.org")
    assert fold_address("mi\u017fs@x.org") == fold_address("miss@x.org")
    assert fold_address("\u212aim@x.org") == fold_address("kim@x.org")


def test_only_an_ascii_name_before_the_domain_is_plain() -> None:
    assert not has_plain_local_part("m\u0131ke@x.org")
    assert has_plain_local_part("mike@b\u00fccher.example")
