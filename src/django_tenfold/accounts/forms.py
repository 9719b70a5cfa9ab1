"""Forms for people who are known by e-mail: sign-up, login, password reset, change of address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    PasswordResetForm,
)
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from django_tenfold.accounts.backends import REFUSAL
from django_tenfold.accounts.client_network import find_client_network
from django_tenfold.accounts.email_address import LONGEST, normalise_address
from django_tenfold.accounts.login_refused import LoginRefusedMixin, make_throttled_error
from django_tenfold.accounts.login_throttle import may_send_mail
from django_tenfold.accounts.settings import options

User = get_user_model()


class AddressField(forms.EmailField):
    """An e-mail address in its stored spelling."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return normalise_address(value) if isinstance(value, str) else value


class EmailUserCreationForm(BaseUserCreationForm):
    """Sign-up: an address and a password twice. A taken address is an error at `email`, in any case."""

    class Meta:
        model = User
        fields = ("email",)
        field_classes = {"email": AddressField}


class EmailAuthenticationForm(LoginRefusedMixin, AuthenticationForm):
    """Login by address and password."""

    username = AddressField(widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}))

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _(
            "Please enter a correct email address and password. The password is case-sensitive."
        ),
    }


class EmailPasswordResetForm(PasswordResetForm):
    """A link to a new password, for an address in any case; what it does tells nobody who has an account.

    An address without an account is sent a mail as well, saying so: its owner learns why no link came, and the
    page has done the same work for both (one query, one mail). Mails to one address and for one network are
    limited, silently.
    """

    email = AddressField(
        label=_("Email"), max_length=LONGEST, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    unknown_subject_template_name = "tenfold_accounts/unknown_address_subject.txt"
    unknown_email_template_name = "tenfold_accounts/unknown_address_email.txt"

    def get_users(self, email: str) -> Any:
        """Those who may get a link, asked for once."""
        if not hasattr(self, "_found"):
            self._found = [*super().get_users(email)]
        return self._found

    def save(
        self,
        domain_override: str | None = None,
        *args: Any,
        request: Any = None,
        from_email: str | None = None,
        **more: Any,
    ) -> None:
        email, now = self.cleaned_data["email"], options()
        if not may_send_mail(email, find_client_network(request, trusted_proxies=now.trusted_proxies)):
            return
        if self.get_users(email):
            super().save(domain_override, *args, request=request, from_email=from_email, **more)
        elif now.mail_to_unknown:
            name = domain_override or get_current_site(request).name
            context = {"email": email, "site_name": name, "user": User(email=email)}
            self.send_mail(
                self.unknown_subject_template_name,
                self.unknown_email_template_name,
                context,
                from_email,
                email,
            )


class EmailChangeForm(forms.Form):
    """Another address for a user who is logged in; the password is asked again, behind the same throttle."""

    email = AddressField(
        label=_("New email address"),
        max_length=LONGEST,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, request: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        self.request = request

    @sensitive_variables("password")
    def clean_password(self) -> None:
        if not knows_password(self.request, self.user, self.cleaned_data["password"]):
            raise ValidationError(_("Your password was entered incorrectly."), code="password_incorrect")


class ThrottledPasswordChangeForm(PasswordChangeForm):
    """Django's, with the old password behind the throttle: who finds a browser signed in must not guess it there.

    Without a request the account alone is counted, over all networks.
    """

    def __init__(self, user: Any, *args: Any, request: Any = None, **more: Any) -> None:
        super().__init__(user, *args, **more)
        self.request = request

    @sensitive_variables("old_password")
    def clean_old_password(self) -> str:
        old_password: str = self.cleaned_data["old_password"]
        if not knows_password(self.request, self.user, old_password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old_password


@sensitive_variables("password")
def knows_password(request: Any, user: Any, password: str) -> bool:
    """Whether it is the user's own, as a login would find it. Raises ValidationError when one has to wait."""
    found = authenticate(request, username=user.get_username(), password=password)
    if found is not None:
        return bool(found.pk == user.pk)
    if refusal := getattr(request, REFUSAL, None):
        raise make_throttled_error(refusal)
    return False
