"""Reviews in the admin: shown, hidden and deleted through `reviews.posting`, so that counts stay right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from reviews.models import Review
from reviews.posting import set_published, withdraw_review

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["title", "product", "author", "rating", "verified", "published", "submitted_at"]
    list_select_related = ["product", "author"]
    list_filter = ["published", "rating"]
    list_per_page = 50
    show_full_result_count = False
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
        for review in queryset:
            withdraw_review(review)

    @admin.action(description="Show the selected reviews")
    def publish(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        changed = sum(set_published(review, True) for review in queryset)
        self.message_user(request, f"{changed} shown.")

    @admin.action(description="Hide the selected reviews")
    def hide(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        changed = sum(set_published(review, False) for review in queryset)
        self.message_user(request, f"{changed} hidden.")
