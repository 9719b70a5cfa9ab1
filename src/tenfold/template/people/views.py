"""Signing up, and looking after one's own account. Logging in and passwords are Django's own views."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.generic import CreateView, UpdateView

from people.forms import AccountForm, SignUpForm
from people.models import Person

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignUpView(CreateView):
    """Makes an account and logs its owner in."""

    model = Person
    form_class = SignUpForm
    template_name = "people/sign_up.html"
    success_url = reverse_lazy("people:account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("people:account")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        self.object = form.save()
        login(self.request, self.object, backend=BACKEND)
        return HttpResponseRedirect(self.get_success_url())


class AccountView(LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    """One's own account, whoever asks."""

    model = Person
    form_class = AccountForm
    template_name = "people/account.html"
    success_url = reverse_lazy("people:account")
    success_message = "Saved."

    def get_object(self, queryset: Any = None) -> Person:
        return self.request.user
