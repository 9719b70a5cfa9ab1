"""What people do with their accounts."""

from __future__ import annotations

from django.core import mail
from django.core.cache import cache
from django.test import TestCase
from django.urls import reverse
from django_tenfold.observability.testing import NoNPlusOneMixin

from people.models import Person

PASSWORD = "a long enough passphrase"


class SignUpTests(NoNPlusOneMixin, TestCase):
    def sign_up(self, email: str, password: str = PASSWORD) -> object:
        fields = {"email": email, "password1": password, "password2": password}
        return self.client.post(reverse("people:sign-up"), fields, secure=True)

    def test_a_visitor_who_signs_up_is_logged_in(self) -> None:
        response = self.sign_up("ann@example.com")
        self.assertRedirects(response, reverse("people:account"), fetch_redirect_response=False)
        self.assertContains(self.client.get(reverse("people:account"), secure=True), "ann@example.com")

    def test_an_address_has_one_account_whatever_its_case(self) -> None:
        Person.objects.create_user("ann@example.com", PASSWORD)
        self.assertContains(self.sign_up("Ann@Example.com"), "already exists")
        self.assertEqual(Person.objects.count(), 1)

    def test_a_weak_password_is_refused_with_the_reason(self) -> None:
        self.assertContains(self.sign_up("ann@example.com", "12345"), "too short")
        self.assertFalse(Person.objects.exists())


class AccountTests(NoNPlusOneMixin, TestCase):
    def setUp(self) -> None:
        cache.clear()  # it counts failed logins
        self.person = Person.objects.create_user("ann@example.com", PASSWORD)

    def log_in(self, password: str = PASSWORD) -> object:
        fields = {"username": "ANN@example.com", "password": password}
        return self.client.post(reverse("people:login"), fields, secure=True)

    def test_a_person_logs_in_by_address_and_out_again(self) -> None:
        response = self.log_in()
        self.assertRedirects(response, reverse("people:account"), fetch_redirect_response=False)
        self.client.post(reverse("people:logout"), secure=True)
        response = self.client.get(reverse("people:account"), secure=True)
        self.assertEqual(response.status_code, 302)

    def test_a_wrong_password_lets_nobody_in(self) -> None:
        self.assertContains(self.log_in("wrong"), "enter a correct")
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_a_person_changes_only_their_own_name(self) -> None:
        other = Person.objects.create_user("bob@example.com", PASSWORD, first_name="Bob")
        self.client.force_login(self.person)
        fields = {"first_name": "Ann", "last_name": "Lee", "id": other.pk, "is_staff": "on"}
        self.client.post(reverse("people:account"), fields, secure=True)
        self.person.refresh_from_db()
        other.refresh_from_db()
        self.assertEqual((self.person.first_name, other.first_name), ("Ann", "Bob"))
        self.assertFalse(self.person.is_staff)

    def test_a_forgotten_password_is_set_anew_by_a_mailed_link(self) -> None:
        self.client.post(reverse("people:password-reset"), {"email": "Ann@example.com"}, secure=True)
        (message,) = mail.outbox
        link = next(word for word in message.body.split() if word.startswith("https://"))
        page = self.client.get(link, follow=True, secure=True)
        fields = {"new_password1": "another passphrase", "new_password2": "another passphrase"}
        self.client.post(page.redirect_chain[-1][0], fields, secure=True)
        self.person.refresh_from_db()
        self.assertTrue(self.person.check_password("another passphrase"))

    def test_a_new_address_holds_once_its_mailed_link_is_confirmed(self) -> None:
        self.client.force_login(self.person)
        fields = {"email": "ann@example.org", "password": PASSWORD}
        self.client.post(reverse("people:email-change"), fields, secure=True)
        message = next(message for message in mail.outbox if message.to == ["ann@example.org"])
        link = next(word for word in message.body.split() if word.startswith("https://"))
        self.assertContains(self.client.post(link, secure=True), "ann@example.org")
        self.person.refresh_from_db()
        self.assertEqual(self.person.email, "ann@example.org")

    def test_guesses_of_a_password_have_to_wait(self) -> None:
        statuses = [self.log_in("wrong").status_code for _ in range(8)]
        self.assertIn(429, statuses)

    def test_staff_find_people_in_the_administration(self) -> None:
        self.client.force_login(Person.objects.create_superuser("boss@example.com", PASSWORD))
        response = self.client.get(reverse("admin:people_person_changelist"), {"q": "ann"}, secure=True)
        self.assertContains(response, "ann@example.com")
        page = reverse("admin:people_person_change", args=[self.person.pk])
        self.assertEqual(self.client.get(page, secure=True).status_code, 200)
