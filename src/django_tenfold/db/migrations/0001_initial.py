from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CounterDelta",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("counter", models.CharField(max_length=63)),
                ("key", models.CharField(max_length=63)),
                ("delta", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["counter", "key"], include=("delta",), name="tenfold_counter_delta_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CounterValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counter", models.CharField(max_length=63)),
                ("key", models.CharField(max_length=63)),
                ("value", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("counter", "key"), name="tenfold_counter_value_key")
                ],
            },
        ),
    ]
