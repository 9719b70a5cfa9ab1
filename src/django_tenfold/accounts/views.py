"""Views over the forms; a project gives them routes, and templates where it wants others."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.mail import send_mail
from django.db import IntegrityError, router, transaction
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import CreateView, FormView, View

from django_tenfold.accounts.client_network import find_client_network
from django_tenfold.accounts.email_tokens import EmailTokenError, confirm_email, make_email_token
from django_tenfold.accounts.forms import (
    EmailAuthenticationForm,
    EmailChangeForm,
    EmailPasswordResetForm,
    EmailUserCreationForm,
    ThrottledPasswordChangeForm,
)
from django_tenfold.accounts.login_throttle import may_send_mail
from django_tenfold.accounts.settings import options


class LoginView(auth_views.LoginView):
    """Login by address and password."""

    authentication_form = EmailAuthenticationForm


class PasswordResetView(auth_views.PasswordResetView):
    """Asks for an address; answers the same whether it has an account or not."""

    form_class = EmailPasswordResetForm


class PasswordChangeView(auth_views.PasswordChangeView):
    """Asks for the old password, behind the throttle of logins."""

    form_class = ThrottledPasswordChangeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


class EmailTakenMixin:
    """For a view with a model form: an address that was taken while the form was read is a form error.

    Two sign-ups of one address at the same moment both find it free; the database lets one of them in.
    """

    def form_valid(self, form: Any) -> Any:
        try:
            with transaction.atomic(using=router.db_for_write(form._meta.model)):
                return super().form_valid(form)  # type: ignore[misc]
        except IntegrityError:
            form.full_clean()
            if form.is_valid():
                raise  # it was something else
            return self.form_invalid(form)  # type: ignore[attr-defined]


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SignUpView(EmailTakenMixin, CreateView):
    """An account for an address and a password."""

    form_class = EmailUserCreationForm
    template_name = "tenfold_accounts/sign_up.html"
    success_url = reverse_lazy("login")


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class EmailChangeView(LoginRequiredMixin, FormView):
    """Sends a link to the new address and word of it to the old one. It never tells whether an address is taken."""

    form_class = EmailChangeForm
    template_name = "tenfold_accounts/email_change.html"
    success_url = reverse_lazy("email-change-sent")
    confirm_route = "email-confirm"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user, "request": self.request}

    def form_valid(self, form: Any) -> Any:
        address = form.cleaned_data["email"]
        network = find_client_network(self.request, trusted_proxies=options().trusted_proxies)
        if may_send_mail(address, network):
            token = make_email_token(self.request.user, address)
            link = self.request.build_absolute_uri(reverse(self.confirm_route, args=[token]))
            told = {
                "user": self.request.user,
                "email": address,
                "link": link,
                "site": self.request.get_host(),
            }
            _send("email_confirm", told, address)
            _send("email_change_notice", told, self.request.user.email)
        return super().form_valid(form)


@method_decorator(never_cache, name="dispatch")
class EmailConfirmView(View):
    """The page behind the link. It asks for a click, since mail scanners open links (but post nothing)."""

    template_name = "tenfold_accounts/email_confirm.html"

    def get(self, request: Any, token: str) -> Any:
        return render(request, self.template_name, {})

    def post(self, request: Any, token: str) -> Any:
        try:
            user = confirm_email(token)
        except EmailTokenError as refused:
            return render(request, self.template_name, {"refused": refused.reason}, status=400)
        return render(request, self.template_name, {"confirmed": user.email})


def _send(name: str, told: dict[str, Any], to: str) -> None:
    subject = render_to_string(f"tenfold_accounts/{name}_subject.txt", told)
    send_mail(
        " ".join(subject.split()), render_to_string(f"tenfold_accounts/{name}_email.txt", told), None, [to]
    )
