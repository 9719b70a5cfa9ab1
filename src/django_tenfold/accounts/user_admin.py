"""The admin of users that are known by e-mail.

@admin.register(User)
class UserAdmin(EmailUserAdmin):
    pass
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from django_tenfold.accounts.forms import AddressField
from django_tenfold.accounts.login_refused import LoginRefusedMixin

User = get_user_model()


class AdminEmailAuthenticationForm(LoginRefusedMixin, AdminAuthenticationForm):
    """The admin's login."""

    username = AddressField(widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}))


class AdminEmailUserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)
        field_classes = {"email": AddressField}


class EmailUserChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"email": AddressField}


class EmailUserAdmin(UserAdmin):
    """Django's UserAdmin without the username."""

    form = EmailUserChangeForm
    add_form = AdminEmailUserCreationForm
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name")}),
        (
            _("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined", "email_confirmed_at")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),
    )
    readonly_fields = ("last_login", "date_joined", "email_confirmed_at")
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    show_full_result_count = False  # of many million users no page should count them all

    def changeform_view(self, *args: Any, **more: Any) -> Any:
        """As Django's; an address that was taken while the form was saved is found taken by a second look."""
        try:
            return super().changeform_view(*args, **more)
        except IntegrityError:
            return super().changeform_view(*args, **more)
