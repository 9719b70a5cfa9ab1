"""What people fill in about themselves."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from people.models import Person


class SignUpForm(BaseUserCreationForm):
    class Meta:
        model = Person
        fields = ["email"]


class AccountForm(forms.ModelForm):
    class Meta:
        model = Person
        fields = ["first_name", "last_name"]
