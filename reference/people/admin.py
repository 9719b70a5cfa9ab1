"""People in the admin."""

from __future__ import annotations

from django.contrib import admin
from django_tenfold.accounts.user_admin import AdminEmailAuthenticationForm, EmailUserAdmin

from people.models import Person

admin.site.login_form = AdminEmailAuthenticationForm


@admin.register(Person)
class PersonAdmin(EmailUserAdmin):
    pass
