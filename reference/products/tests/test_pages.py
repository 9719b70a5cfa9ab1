"""The pages about products: what they show, and with how many queries."""

from __future__ import annotations

from decimal import Decimal
from unittest import skipUnless

from django.db import connection
from django.urls import reverse

from bazaar.testing import CachingTestCase, SecureClient, SiteTestCase, make_person, make_product, make_review
from products.models import Category
from reviews.models import Review
from reviews.posting import set_published, withdraw_review


class HomePage(SiteTestCase):
    def test_it_shows_products_reviews_and_reviewers(self) -> None:
        make_review(make_product("Floor lamp"), make_person("ada.miller@example.com"), title="Lovely glow")
        page = self.client.get(reverse("products:home"))
        for text in ("Floor lamp", "Lovely glow", "Ada Miller", "Lighting"):
            self.assertContains(page, text)

    def test_it_never_shows_an_address_of_a_person(self) -> None:
        make_review(author=make_person("ada.miller@example.com"))
        self.assertNotContains(self.client.get(reverse("products:home")), "@example.com")


class KeptPages(CachingTestCase):
    def test_pages_of_visitors_need_no_query_until_what_they_show_changes(self) -> None:
        product = make_review(title="First words").product
        for address in (reverse("products:home"), reverse("products:list"), product.get_absolute_url()):
            with self.subTest(address):
                for _ in range(3):  # what is met while a page is made is known to its second making
                    self.client.get(address)
                with self.assertNumQueries(0):
                    self.client.get(address)
                make_review(product, title="Second words", rating=1)
                self.assertContains(self.client.get(address), "review")
                withdraw_review(Review.objects.latest("pk"))

    def test_a_review_is_seen_by_visitors_at_once(self) -> None:
        product = make_product()
        for _ in range(3):
            self.client.get(product.get_absolute_url())
        review = make_review(product, title="Just written")
        self.assertContains(self.client.get(product.get_absolute_url()), "Just written")
        set_published(Review.objects.filter(pk=review.pk), False)
        self.assertNotContains(self.client.get(product.get_absolute_url()), "Just written")

    def test_what_staff_delete_is_gone_from_pages_at_once(self) -> None:
        product = make_product()
        for title in ("First words", "Second words"):
            make_review(product, title=title)
        for _ in range(3):
            self.client.get(product.get_absolute_url())
        staff = SecureClient()
        staff.force_login(make_person(is_staff=True, is_superuser=True))
        keys = list(Review.objects.values_list("pk", flat=True))
        form = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
        staff.post(reverse("admin:reviews_review_changelist"), form)
        self.assertFalse(Review.objects.exists())
        self.assertNotContains(self.client.get(product.get_absolute_url()), "words")

    @skipUnless(connection.vendor == "postgresql", "elsewhere a roll-up changes products without naming them")
    def test_a_review_leaves_the_pages_of_other_products_alone(self) -> None:
        product = make_review().product
        for _ in range(3):
            self.client.get(product.get_absolute_url())
        make_review()
        with self.assertNumQueries(0):
            self.client.get(product.get_absolute_url())

    def test_a_new_price_is_shown_at_once(self) -> None:
        product = make_product(price="19.90")
        for _ in range(3):
            self.client.get(product.get_absolute_url())
        product.price = Decimal("24.50")
        product.save()
        self.assertContains(self.client.get(product.get_absolute_url()), "24.50")

    def test_a_slug_leads_to_the_product_that_has_it_now(self) -> None:
        old, new = make_product("Old lamp"), make_product("New lamp")
        slug = old.slug
        self.client.get(old.get_absolute_url())
        old.slug = "old-lamp"
        old.save()
        new.slug = slug
        new.save()
        self.assertContains(self.client.get(reverse("products:product", args=[slug])), "New lamp")

    def test_who_has_a_page_already_is_told_that_it_has_not_changed(self) -> None:
        address = make_product().get_absolute_url()
        tag = self.client.get(address)["ETag"]
        self.assertEqual(self.client.get(address, headers={"if-none-match": tag}).status_code, 304)


class ProductPages(SiteTestCase):
    def test_a_long_list_takes_as_many_queries_as_a_short_one(self) -> None:
        for _ in range(2):
            make_review()
        few = self.count_queries(reverse("products:list"))
        for _ in range(20):
            make_review()
        self.assertEqual(self.count_queries(reverse("products:list")), few)
        self.assertLessEqual(few, 5)

    def test_a_product_with_many_reviews_takes_as_many_queries_as_one_with_few(self) -> None:
        product = make_product()
        make_review(product)
        few = self.count_queries(product.get_absolute_url())
        for _ in range(9):
            make_review(product)
        self.assertEqual(self.count_queries(product.get_absolute_url()), few)
        self.assertLessEqual(few, 5)

    def test_products_are_in_pages_of_24(self) -> None:
        for number in range(25):
            make_product(f"Lamp {number:02}")
        page = self.client.get(reverse("products:list"), {"order": "name"})
        self.assertContains(page, "Lamp 23")
        self.assertNotContains(page, "Lamp 24")
        self.assertContains(page, "25 products")
        second = self.client.get(reverse("products:list") + page.context["page_links"]["next"])
        self.assertContains(second, "Lamp 24")
        self.assertNotContains(second, "Lamp 23")
        first = self.client.get(reverse("products:list") + second.context["page_links"]["previous"])
        self.assertContains(first, "Lamp 00")

    def test_a_forged_place_in_a_list_is_answered_with_the_reason(self) -> None:
        answer = self.client.get(reverse("products:list"), {"cursor": "forged"})
        self.assertEqual(answer.status_code, 400)

    def test_a_category_shows_its_own_products_alone(self) -> None:
        other = Category.objects.create(name="Audio", slug="audio")
        make_product("Radio", category=other)
        make_product("Desk lamp")
        page = self.client.get(other.get_absolute_url())
        self.assertContains(page, "Radio")
        self.assertNotContains(page, "Desk lamp")

    def test_an_unknown_order_is_the_usual_one(self) -> None:
        self.assertEqual(self.client.get(reverse("products:list"), {"order": "'; --"}).status_code, 200)

    def test_a_product_shows_how_many_gave_each_rating(self) -> None:
        product = make_product()
        for rating in (5, 5, 2):
            make_review(product, rating=rating)
        page = self.client.get(product.get_absolute_url())
        self.assertEqual(page.context["bars"], [(5, 2, 100), (4, 0, 0), (3, 0, 0), (2, 1, 50), (1, 0, 0)])

    def test_reviews_with_one_rating_can_be_read_alone(self) -> None:
        product = make_product()
        make_review(product, rating=5, title="Brilliant")
        make_review(product, rating=1, title="Dreadful")
        page = self.client.get(product.get_absolute_url(), {"stars": "1"})
        self.assertContains(page, "Dreadful")
        self.assertNotContains(page, "Brilliant")

    def test_a_hidden_review_is_shown_nowhere(self) -> None:
        product = make_product()
        make_review(product, title="Secret words", published=False)
        self.assertNotContains(self.client.get(product.get_absolute_url()), "Secret words")
        self.assertNotContains(self.client.get(reverse("products:home")), "Secret words")

    def test_what_a_reviewer_wrote_is_shown_as_text(self) -> None:
        product = make_product()
        make_review(product, text="<script>alert(1)</script>")
        self.assertContains(self.client.get(product.get_absolute_url()), "&lt;script&gt;alert(1)")

    def test_a_product_that_does_not_exist_is_not_found(self) -> None:
        self.assertEqual(self.client.get(reverse("products:product", args=["nothing"])).status_code, 404)

    def test_a_member_sees_a_new_review_at_once(self) -> None:
        product, person = make_product(), make_person()
        self.client.force_login(person)
        self.client.get(product.get_absolute_url())
        make_review(product, person, title="Just written")
        self.assertContains(self.client.get(product.get_absolute_url()), "Just written")
        self.assertEqual(Review.objects.count(), 1)


class Administration(SiteTestCase):
    def test_lists_take_as_many_queries_for_many_rows_as_for_few(self) -> None:
        self.client.force_login(make_person(is_staff=True, is_superuser=True))
        for name in ("products_product", "reviews_review", "orders_order"):
            with self.subTest(name):
                address = reverse(f"admin:{name}_changelist")
                make_review()
                few = self.count_queries(address)
                for _ in range(5):
                    make_review()
                self.assertEqual(self.count_queries(address), few)
