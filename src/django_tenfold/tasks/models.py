"""The tables of the block. Nothing here belongs to the project: each row is deleted when its use has ended."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

TASK_ID_LENGTH = 255
KEY_LENGTH = 255
# Arguments are text that holds JSON: a JSONField of PostgreSQL refuses "\u0000", which a task may well be given.


class OutboxTask(models.Model):
    """A task that is committed and not yet sent, or that is due later than a worker should hold it."""

    task_id = models.CharField(max_length=TASK_ID_LENGTH)
    name = models.CharField(max_length=255)
    body = models.TextField(help_text="JSON of Kombu: [args, kwargs, options]")
    send_after = models.DateTimeField(db_index=True, help_text="When the sweeper may send it")
    tries = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = "task to send"
        verbose_name_plural = "tasks to send"

    def __str__(self) -> str:
        return f"{self.name} {self.task_id}"


class OnceKey(models.Model):
    """A key of `once` (its row is the effect's witness) or of `leased`."""

    key = models.CharField(max_length=KEY_LENGTH, primary_key=True)
    done = models.BooleanField(default=True)
    holder = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, help_text="JSON")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return str(self.key)


class DeadTask(models.Model):
    """A task that failed for good, with all that is needed to run it again."""

    task_id = models.CharField(max_length=TASK_ID_LENGTH, db_index=True)
    name = models.CharField(max_length=255, db_index=True)
    queue = models.CharField(max_length=255, blank=True)
    args = models.TextField(help_text="JSON of Kombu")
    kwargs = models.TextField(help_text="JSON of Kombu")
    exception = models.TextField()
    traceback = models.TextField(blank=True)
    tries = models.PositiveIntegerField(default=1)
    request_id = models.CharField(max_length=128, blank=True)
    died_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "dead task"
        verbose_name_plural = "dead tasks"

    def __str__(self) -> str:
        return f"{self.name} {self.task_id}"


class Delivery(models.Model):
    """How often a task was delivered again after its worker died."""

    task_id = models.CharField(max_length=TASK_ID_LENGTH, primary_key=True)
    count = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.task_id}: {self.count}"


class StoredMail(models.Model):
    """An e-mail too large for the broker, until it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.TextField(help_text="JSON")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class SchedulerLease(models.Model):
    """Who may schedule. The token grows with each change of hands and never falls: an old one is refused."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=255)
    token = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(help_text="By the clock of the database")

    def __str__(self) -> str:
        return f"{self.holder} with {self.token}"


class PeriodicTask(models.Model):
    """When a periodic task was last due: what a scheduler that takes over starts from."""

    name = models.CharField(max_length=200, primary_key=True)
    last_run_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.name)


class PeriodicRun(models.Model):
    """One run that was due and is enqueued: no second row for the same, whoever tries."""

    name = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    task_id = models.CharField(max_length=TASK_ID_LENGTH)
    token = models.BigIntegerField(help_text="The lease under which it was enqueued")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "due_at"], name="tenfold_run_once")]

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at}"


class TaskRecord(models.Model):
    """The result of one of Django's tasks."""

    id = models.CharField(max_length=TASK_ID_LENGTH, primary_key=True)
    task = models.CharField(max_length=255, help_text="Dotted path")
    backend = models.CharField(max_length=64)
    queue_name = models.CharField(max_length=255)
    priority = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField(null=True)
    takes_context = models.BooleanField(default=False)
    args = models.TextField(help_text="JSON")
    kwargs = models.TextField(help_text="JSON")
    status = models.CharField(max_length=16)
    enqueued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    last_attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, db_index=True)
    return_value = models.TextField(default="null", help_text="JSON")
    errors = models.TextField(default="[]", help_text="JSON: [[class, traceback]]")
    worker_ids = models.TextField(default="[]", help_text="JSON")

    def __str__(self) -> str:
        return f"{self.task} {self.id}"
