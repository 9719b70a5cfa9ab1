"""What people fill in about themselves."""

from __future__ import annotations

from django import forms

from people.models import Person


class AccountForm(forms.ModelForm):
    class Meta:
        model = Person
        fields = ["first_name", "last_name"]
