"""The search, by parts of words here: what PostgreSQL makes of it is tested where one runs."""

from __future__ import annotations

from django.urls import reverse

from bazaar.testing import SiteTestCase, find_own, make_product, make_review


class Search(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lamp = make_product("Walnut reading light", description="For long evenings.")
        make_review(self.lamp, title="Warm glow", text="My favourite lamp in the house.")
        make_review(self.lamp, title="Hidden words", text="My favourite secret.", published=False)

    def find(self, words: str) -> object:
        return self.client.get(reverse("search:results"), {"q": words})

    def test_products_and_reviews_are_found_by_their_words(self) -> None:
        self.assertContains(self.find("walnut"), "Walnut reading light")
        self.assertContains(self.find("favourite"), "Warm glow")

    def test_hidden_reviews_are_not_found(self) -> None:
        self.assertNotContains(self.find("favourite"), "Hidden words")

    def test_nothing_found_is_said_so(self) -> None:
        self.assertContains(self.find("submarine"), "No review speaks of")

    def test_no_words_ask_the_database_nothing(self) -> None:
        with self.capture() as captured:
            self.find("  ")
        self.assertEqual(find_own(captured), [])

    def test_any_input_is_answered(self) -> None:
        for words in ("'", '"', "a & | !", "%", "\0lamp", "x" * 5000, "<script>", "((("):
            with self.subTest(words[:10]):
                self.assertEqual(self.find(words).status_code, 200)

    def test_what_was_asked_is_shown_as_text(self) -> None:
        self.assertNotContains(self.find("<script>"), "<script>", html=False)
