"""Orders in the admin."""

from django.contrib import admin

from orders.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["pk", "person", "product", "quantity", "total", "status", "placed_at"]
    list_select_related = ["person", "product"]
    list_filter = ["status"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-pk"]
    raw_id_fields = ["person"]
    autocomplete_fields = ["product"]
    readonly_fields = ["total", "confirmed_at"]
