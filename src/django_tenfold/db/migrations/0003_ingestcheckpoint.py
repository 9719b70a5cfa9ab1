"""How far each source is loaded: `ingest` writes it in the transaction of each batch."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenfold_db", "0002_one_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="IngestCheckpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=200, unique=True)),
                ("fingerprint", models.CharField(blank=True, max_length=100)),
                ("position", models.BigIntegerField(default=0)),
                ("line", models.BigIntegerField(default=1)),
                ("loaded", models.BigIntegerField(default=0)),
                ("updated", models.BigIntegerField(default=0)),
                ("ignored", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("rejects_size", models.BigIntegerField(default=0)),
                ("finished", models.DateTimeField(null=True)),
                ("changed", models.DateTimeField(auto_now=True)),
            ],
        ),
    ]
