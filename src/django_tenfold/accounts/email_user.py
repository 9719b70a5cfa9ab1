"""The abstract user of a project: known by e-mail, whatever its case.

    from django_tenfold.accounts.email_user import AbstractEmailUser

    class User(AbstractEmailUser):
        pass                                # AUTH_USER_MODEL = "people.User", before the first migration

Two constraints hold the address unique in the database. The one on `email` is what Django asks of a
USERNAME_FIELD (auth.E003) and what `filter(email=...)` of any package reads by. The one on UPPER(email) is
what makes "Ann@x.org" and "ann@x.org" one account; it is UPPER and not LOWER because `email__iexact` asks for
UPPER(email) on PostgreSQL, so that this look-up, in Django's password reset too, reads by the same index.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from django_tenfold.accounts.email_address import LONGEST, has_plain_local_part, normalise_address
from django_tenfold.accounts.user_manager import EmailUserManager

EMAIL_TAKEN = "email_taken"
"""The code of the form error at `email` when another account has the address."""

TAKEN_MESSAGE = _("A user with that email address already exists.")


class AbstractEmailUser(AbstractBaseUser, PermissionsMixin):
    """A user whose login is an e-mail address. A subclass with a Meta inherits it from this Meta."""

    email = models.EmailField(_("email address"), max_length=LONGEST)
    email_confirmed_at = models.DateTimeField(
        _("email confirmed at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When a link that was sent to the address was last followed."),
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    is_staff = models.BooleanField(
        _("staff status"),
        default=False,
        help_text=_("Designates whether the user can log into this admin site."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_(
            "Designates whether this user should be treated as active. Unselect this instead of deleting accounts."
        ),
    )
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)

    objects = EmailUserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        abstract = True
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                name="%(app_label)s_%(class)s_email_exact",
                violation_error_code=EMAIL_TAKEN,
                violation_error_message=TAKEN_MESSAGE,
            ),
            models.UniqueConstraint(
                Upper("email"),
                name="%(app_label)s_%(class)s_email_any_case",
                violation_error_code=EMAIL_TAKEN,
                violation_error_message=TAKEN_MESSAGE,
            ),
        ]

    def clean_fields(self, exclude: Any = None) -> None:
        """As Django does it, of the address in its stored spelling, and without lookalike letters in it."""
        errors: dict[str, list[ValidationError]] = {}
        asked = "email" not in (exclude or ())
        if asked:
            self.email = normalise_address(self.email)
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as refused:
            errors = refused.error_dict
        if asked and "email" not in errors and not has_plain_local_part(self.email):
            errors["email"] = [ValidationError(_("Enter a valid email address."), code="invalid")]
        if errors:
            raise ValidationError(errors)

    def clean(self) -> None:
        super().clean()
        self.email = normalise_address(self.email)

    def validate_constraints(self, exclude: Any = None) -> None:
        """As Django does it, with one error at `email` when the address is taken."""
        try:
            super().validate_constraints(exclude=exclude)
        except ValidationError as refused:
            raise ValidationError(_place_at_email(refused.error_dict)) from None

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name

    def email_user(self, subject: str, message: str, from_email: str | None = None, **more: Any) -> None:
        """Mail to this user, by `django.core.mail.send_mail`."""
        send_mail(subject, message, from_email, [self.email], **more)


def _place_at_email(errors: dict[str, list[ValidationError]]) -> dict[str, list[ValidationError]]:
    """The constraint on an expression names no field: its error stands for the whole form until it is moved."""
    placed = {
        name: kept
        for name, found in errors.items()
        if (kept := [one for one in found if one.code != EMAIL_TAKEN])
    }
    if placed != errors:
        placed.setdefault("email", []).append(ValidationError(TAKEN_MESSAGE, code=EMAIL_TAKEN))
    return placed
