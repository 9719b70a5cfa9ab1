"""Sessions and the change log. The triggers are installed after `migrate`, and removed before these tables."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

import django_tenfold.accounts.models
from django_tenfold.accounts.triggers import remove


def remove_triggers(apps: Any, schema_editor: Any) -> None:
    remove(schema_editor)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("txid", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(max_length=8)),
                ("key", models.TextField(blank=True)),
                ("version", models.BigIntegerField(null=True)),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "user_id",
                    models.CharField(
                        blank=True, db_index=True, default="", max_length=255, verbose_name="user id"
                    ),
                ),
                ("version", models.BigIntegerField(default=1, verbose_name="version")),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
            managers=[
                ("objects", django_tenfold.accounts.models.SessionManager()),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, remove_triggers),
    ]
