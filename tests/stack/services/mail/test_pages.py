from __future__ import annotations

from tenfold.stack.services.mail.letters import Letter, OpenLetter
from tenfold.stack.services.mail.pages import POLICY, SANDBOX, letter_page, list_page

EVIL = "<script>alert(1)</script>"
LETTER = Letter("20261121-032401-0001.eml", EVIL, f"{EVIL}@example.org", '"><img src=x>', EVIL)


def test_what_a_message_says_is_escaped_in_the_list() -> None:
    page = list_page([LETTER], total=1)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_what_a_message_says_is_escaped_on_its_page() -> None:
    page = letter_page(OpenLetter(LETTER, EVIL, EVIL, ((EVIL, EVIL, 1),)))
    assert "<script" not in page
    assert "<img" not in page


def test_the_html_of_a_message_is_shown_in_a_frame_that_may_do_nothing() -> None:
    page = letter_page(OpenLetter(LETTER, "", "<p>x</p>", ()))
    assert "<iframe sandbox title" in page
    assert "<p>x</p>" not in page
    assert SANDBOX.endswith("sandbox")
    assert "script-src" not in SANDBOX + POLICY
    assert "default-src 'none'" in SANDBOX


def test_addresses_in_the_text_can_be_followed_and_nothing_else() -> None:
    page = letter_page(OpenLetter(LETTER, 'see <https://localhost:1/a?b=1&c=2> "javascript:x"', "", ()))
    assert '<a class="out" href="https://localhost:1/a?b=1&amp;c=2" rel="noreferrer">' in page
    assert 'href="javascript' not in page


def test_an_empty_list_says_what_will_come() -> None:
    assert "Nothing was sent yet" in list_page([], total=0)


def test_a_long_list_says_how_many_it_leaves_out() -> None:
    assert "1,000 messages, the newest 1 shown" in list_page([LETTER], total=1000)
