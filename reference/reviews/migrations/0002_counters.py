from django.db import migrations
from django.db.models import Q
from django_tenfold.db.derived.operations import InstallCopiedField
from django_tenfold.db.operations import InstallCounter

SHOWN = Q(published=True)


class Migration(migrations.Migration):
    atomic = False  # writers are held for an instant, not while rows are counted

    dependencies = [
        ("reviews", "0001_initial"),
        ("tenfold_db", "0002_one_index"),
    ]

    operations = [
        InstallCounter("reviews_of_product", "reviews.Review", by="product", where=SHOWN),
        InstallCounter("stars_of_product", "reviews.Review", by="product", add="rating", where=SHOWN),
        InstallCounter("reviews_of_author", "reviews.Review", by="author", where=SHOWN),
        InstallCounter("seconds_of_author", "reviews.Review", by="author", add="seconds", where=SHOWN),
        InstallCounter("votes_of_review", "reviews.HelpfulVote", by="review"),
        InstallCopiedField(model="reviews.Review", field="category", source="product__category"),
    ]
