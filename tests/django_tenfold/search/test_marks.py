from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from django_tenfold.search.marks import END, START, render_marks


@given(st.text(alphabet=f"a<>&\"'{START}{END}"))
def test_whatever_the_text_only_pairs_of_mark_are_tags(text: str) -> None:
    html = str(render_marks(text))
    assert html.count("<mark>") == html.count("</mark>")
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert not {"<", ">", '"', "'", START, END} & {*bare}
