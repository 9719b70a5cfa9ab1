"""What a person reads whose login was refused for now. It imports no model: for login forms of any project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext_lazy

from django_tenfold.accounts.backends import REFUSAL

if TYPE_CHECKING:
    from django_tenfold.accounts.login_throttle import Refusal


class LoginRefusedMixin:
    """Put it before a form that is made like Django's AuthenticationForm: it says how long a login has to wait."""

    request: Any

    def get_invalid_login_error(self) -> ValidationError:
        refusal = getattr(self.request, REFUSAL, None)
        return make_throttled_error(refusal) if refusal else super().get_invalid_login_error()  # type: ignore[misc]


def make_throttled_error(refusal: Refusal) -> ValidationError:
    return ValidationError(
        ngettext_lazy(
            "Too many failed attempts. Try again in %(seconds)d second.",
            "Too many failed attempts. Try again in %(seconds)d seconds.",
            "seconds",
        ),
        code="throttled",
        params={"seconds": refusal.seconds},
    )
