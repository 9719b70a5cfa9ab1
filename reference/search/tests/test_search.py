"""The search: FTS5 on SQLite, full text with trigrams on PostgreSQL, the same answers."""

from __future__ import annotations

from django.urls import reverse

from bazaar.testing import CachingTestCase, SiteTestCase, find_own, make_product, make_review
from products.models import Category
from reviews.models import Review
from reviews.posting import set_published
from search.tasks import update_search


class Search(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lamp = make_product("Walnut reading light", description="For long evenings.")
        self.review = make_review(
            self.lamp, title="Warm glow", text="Two favourite lamps for our houses.", rating=5
        )
        make_review(self.lamp, title="Hidden words", text="My favourite secret.", published=False)

    def find(self, words: str, **more: object) -> object:
        return self.client.get(reverse("search:results"), {"q": words, **more})

    def test_products_and_reviews_are_found_by_their_words(self) -> None:
        self.assertContains(self.find("walnut"), "Walnut reading light")
        self.assertContains(self.find("favourite"), "Warm glow")

    def test_other_forms_of_a_word_are_found_and_marked(self) -> None:
        self.assertContains(self.find("lamp house"), "<mark>lamps</mark> for our <mark>houses</mark>")

    def test_a_phrase_and_what_is_left_out_are_understood(self) -> None:
        for words, found in (('"favourite lamps"', 1), ('"lamps favourite"', 0), ("lamps -houses", 0)):
            with self.subTest(words):
                self.assertEqual(len(self.find(words).context["reviews"]), found)

    def test_a_misspelt_word_is_taken_for_the_nearest(self) -> None:
        page = self.find("favorite")
        self.assertContains(page, "these speak of")
        self.assertContains(page, "Warm glow")
        self.assertContains(self.find("walnutt"), "Walnut reading light")

    def test_products_with_most_of_the_words_are_shown_when_none_has_all(self) -> None:
        make_product("Walnut table")
        update_search()
        found = [one.name for one in self.find("walnut reading 64").context["products"]]
        self.assertEqual(found, ["Walnut reading light", "Walnut table"])

    def test_the_best_match_comes_first(self) -> None:
        make_review(title="Lamp of lamps", text="A lamp, a lamp, a lamp.")
        found = [one.title for one in self.find("lamp").context["reviews"]]
        self.assertEqual(found, ["Lamp of lamps", "Warm glow"])

    def test_hidden_reviews_are_not_found(self) -> None:
        self.assertNotContains(self.find("favourite"), "Hidden words")
        set_published(Review.objects.all(), False)
        self.assertContains(self.find("favourite"), "No review speaks of")

    def test_a_product_that_is_renamed_is_found_by_its_new_name(self) -> None:
        self.lamp.name = "Oak reading light"
        self.lamp.save()
        update_search()
        self.assertContains(self.find("oak"), "Oak reading light")
        self.assertNotContains(self.find("walnut"), "reading light")

    def test_reviews_are_narrowed_to_a_category_and_to_stars(self) -> None:
        audio = Category.objects.create(name="Audio", slug="audio")
        radio = make_product("Radio", category=audio)
        make_review(radio, title="Clear sound", text="My favourite by far.", rating=3)
        page = self.find("favourite")
        self.assertEqual(
            {(one.name, rows) for one, rows in page.context["categories"]}, {("Lighting", 1), ("Audio", 1)}
        )
        self.assertNotContains(self.find("favourite", category=audio.pk), "Warm glow")
        self.assertNotContains(self.find("favourite", stars=5), "Clear sound")
        self.assertEqual(self.find("favourite", stars="many").status_code, 400)

    def test_pages_of_results_join_without_a_gap_or_a_double(self) -> None:
        made = {make_review(self.lamp, text="The common word.").pk for _ in range(13)}
        first = self.find("common")
        second = self.find("common", after=first.context["found"].next)
        seen = [one.pk for page in (first, second) for one in page.context["reviews"]]
        self.assertEqual((len(seen), set(seen)), (13, made))
        self.assertEqual(self.find("common", after="forged").status_code, 400)

    def test_a_page_with_many_results_takes_as_many_queries_as_one_with_few(self) -> None:
        address = reverse("search:results") + "?q=glow"
        few = self.count_queries(address)
        for _ in range(9):
            make_review(title="Warm glow")
        self.assertEqual(self.count_queries(address), few)

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

    def test_what_a_reviewer_wrote_is_shown_as_text(self) -> None:
        make_review(title="<b>Bold</b>", text="<script>alert(1)</script> peculiar")
        page = self.find("peculiar")
        self.assertContains(page, "<mark>peculiar</mark>")
        for text in ("<b>", "<script>"):
            self.assertNotContains(page, text)


class KeptResults(CachingTestCase):
    def test_a_page_of_results_is_kept_for_its_words(self) -> None:
        make_review(title="Warm glow")
        address = reverse("search:results") + "?q=glow"
        for _ in range(3):
            self.client.get(address)
        with self.assertNumQueries(0):
            self.client.get(address)
