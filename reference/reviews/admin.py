"""Reviews in the admin: shown, hidden and deleted by `reviews.posting`, which takes back the pages that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django_tenfold.api.keyset.admin import KeysetAdminMixin

from reviews.models import Review
from reviews.posting import set_published, withdraw_review, withdraw_reviews

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Review)
class ReviewAdmin(KeysetAdminMixin, admin.ModelAdmin):
    list_display = ["title", "product", "author", "rating", "verified", "published", "submitted_at"]
    list_select_related = ["product", "author"]
    list_filter = ["published", "rating"]
    list_per_page = 50
    ordering = ["-pk"]
    # A box with every product or person would load both tables into the page.
    raw_id_fields = ["author"]
    autocomplete_fields = ["product"]
    readonly_fields = [
        "product",
        "author",
        "rating",
        "published",
        "verified",
        "helpful_count",
        "started_at",
        "submitted_at",
    ]
    actions = ["publish", "hide"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Review) -> None:
        withdraw_review(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        withdraw_reviews(queryset)

    @admin.action(description="Show the selected reviews")
    def publish(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self.message_user(request, f"{set_published(queryset, True)} shown.")

    @admin.action(description="Hide the selected reviews")
    def hide(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self.message_user(request, f"{set_published(queryset, False)} hidden.")
