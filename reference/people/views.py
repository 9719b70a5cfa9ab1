"""Signing up, and looking after one's own account. Logins, passwords and addresses: see `people/urls.py`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.generic import UpdateView
from django_tenfold.accounts import views

from people.forms import AccountForm
from people.models import Person

BACKEND = "django_tenfold.accounts.backends.ThrottledBackend"


class SignUpView(views.SignUpView):
    """Makes an account and logs its owner in."""

    template_name = "people/sign_up.html"
    success_url = reverse_lazy("people:account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("people:account")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        if self.object is not None:  # None: the address was taken in the meantime
            login(self.request, self.object, backend=BACKEND)
        return response


class AccountView(LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    """One's own account, whoever asks."""

    model = Person
    form_class = AccountForm
    template_name = "people/account.html"
    success_url = reverse_lazy("people:account")
    success_message = "Saved."

    def get_object(self, queryset: Any = None) -> Person:
        return Person.objects.get(pk=self.request.user.pk)
