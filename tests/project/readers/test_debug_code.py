from __future__ import annotations

from tenfold.project.readers.debug_code import Span, find_debug_code


def test_the_body_of_a_debug_branch_is_found_without_its_else() -> None:
    (span,) = find_debug_code("if DEBUG:\n    a()\n    b()\nelse:\n    c()\n")
    assert span == Span((2, 4), (3, 7))
    assert (2, 4) in span
    assert (5, 4) not in span


def test_a_negated_or_alternative_debug_is_no_debug_branch() -> None:
    assert find_debug_code("if not DEBUG:\n    a()\nif DEBUG or x:\n    b()\n") == ()


def test_what_does_not_parse_has_no_debug_code() -> None:
    assert find_debug_code("if DEBUG:\n(") == ()


def test_an_environment_named_development_is_one_too() -> None:
    (span,) = find_debug_code("if settings.SITE_ENVIRONMENT == Stage.DEV:\n    a()\n")
    assert span == Span((2, 4), (2, 7))
    assert find_debug_code('if settings.ENV == "production":\n    a()\n') == ()
    assert find_debug_code('if settings.ENV != "dev":\n    a()\n') == ()
