"""Products in the admin: no page of it counts a table or draws a list of all rows to choose from."""

from __future__ import annotations

from django.contrib import admin
from django_tenfold.api.keyset.admin import KeysetAdminMixin

from products.models import Category, Product


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(KeysetAdminMixin, admin.ModelAdmin):
    list_display = ["name", "category", "price", "review_count", "stars"]
    list_select_related = ["category"]
    list_filter = ["category"]
    list_per_page = 50
    autocomplete_fields = ["category"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["review_count", "rating_sum", "rating"]
    search_fields = ["name"]

    @admin.display(ordering="rating")
    def stars(self, product: Product) -> str:
        return f"{product.rating:.2f}"
