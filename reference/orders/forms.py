"""How many are ordered."""

from __future__ import annotations

from django import forms

from orders.models import MOST


class OrderForm(forms.Form):
    quantity = forms.IntegerField(min_value=1, max_value=MOST, initial=1)
