"""Orders in the admin."""

from django.contrib import admin
from django_tenfold.api.keyset.admin import KeysetAdminMixin

from orders.models import Order


@admin.register(Order)
class OrderAdmin(KeysetAdminMixin, admin.ModelAdmin):
    list_display = ["pk", "person", "product", "quantity", "total", "status", "placed_at"]
    list_select_related = ["person", "product"]
    list_filter = ["status"]
    list_per_page = 50
    ordering = ["-pk"]
    raw_id_fields = ["person"]
    autocomplete_fields = ["product"]
    readonly_fields = ["total", "confirmed_at"]
