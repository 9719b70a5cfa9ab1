from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Entry",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("text", models.TextField(max_length=1000)),
                ("shouted", models.TextField(blank=True)),
                ("written", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        )
    ]
