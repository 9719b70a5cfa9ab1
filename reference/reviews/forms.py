"""The form of a review; it knows when it was opened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core import signing

from reviews.models import Review

SALT = "reviews.started"
LONGEST = 24 * 60 * 60
"""Seconds that a form may stay open: a longer time tells of a forgotten tab, not of writing."""


class ReviewForm(forms.ModelForm):
    # Signed: the time taken decides about ranks, and what a browser sends is its user's word.
    started = forms.CharField(widget=forms.HiddenInput)

    class Meta:
        model = Review
        fields = ["rating", "title", "text"]
        widgets = {"rating": forms.RadioSelect, "text": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["rating"].choices = [(stars, "★" * stars) for stars in range(1, 6)]
        self.initial.setdefault("started", sign_start(datetime.now(UTC)))

    def clean_started(self) -> datetime:
        try:
            seconds = signing.loads(self.cleaned_data["started"], salt=SALT, max_age=LONGEST)
        except signing.BadSignature as problem:
            raise forms.ValidationError(
                "This form has been open for too long. Copy your text and open it again."
            ) from problem
        return datetime.fromtimestamp(seconds, UTC)


def sign_start(moment: datetime) -> str:
    return signing.dumps(int(moment.timestamp()), salt=SALT)
