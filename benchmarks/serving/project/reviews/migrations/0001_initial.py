import datetime

import django.db.models.deletion
from django.db import migrations, models

ROWS = 1_000


def fill(apps, schema_editor):
    author_model, book_model, review_model = (
        apps.get_model("reviews", name) for name in ("Author", "Book", "Review")
    )
    authors = author_model.objects.bulk_create(author_model(name=f"Author {n}") for n in range(20))
    books = book_model.objects.bulk_create(
        book_model(title=f"Book {n}", author=authors[n % 20]) for n in range(100)
    )
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    review_model.objects.bulk_create(
        review_model(
            book=books[n % 100],
            stars=n % 5 + 1,
            text=f"Review {n}. " * 20,
            created=start + datetime.timedelta(n),
        )
        for n in range(ROWS)
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Author",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            "Book",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("author", models.ForeignKey("reviews.author", django.db.models.deletion.CASCADE)),
            ],
        ),
        migrations.CreateModel(
            "Review",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("book", models.ForeignKey("reviews.book", django.db.models.deletion.CASCADE)),
                ("stars", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("created", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
