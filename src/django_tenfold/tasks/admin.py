"""The list of dead tasks: look, run again, discard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages

from django_tenfold.tasks.dead_letters import count_dead, retry_dead
from django_tenfold.tasks.models import DeadTask

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(DeadTask)
class DeadTaskAdmin(admin.ModelAdmin):
    """Nothing is added or changed by hand. To delete one is to discard it."""

    list_display = ("died_at", "name", "short_exception", "tries", "queue", "request_id")
    list_filter = ("name", "queue", "died_at")
    search_fields = ("task_id", "name", "exception", "request_id", "args", "kwargs")
    ordering = ("-died_at",)
    actions = ("run_again",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_run_permission(self, request: HttpRequest) -> bool:
        """To run a task again takes the right to change dead tasks."""
        return bool(request.user.has_perm("tenfold_tasks.change_deadtask"))

    @admin.display(description="exception")
    def short_exception(self, dead: DeadTask) -> str:
        return str(dead.exception)[:120]

    @admin.action(description="Run again", permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[DeadTask]) -> None:
        count = retry_dead(queryset)
        self.message_user(request, f"{count} sent again.", messages.SUCCESS)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[DeadTask]) -> None:
        super().delete_queryset(request, queryset)
        count_dead()

    def delete_model(self, request: HttpRequest, obj: DeadTask) -> None:
        super().delete_model(request, obj)
        count_dead()
