"""Products, and the figures about their reviews that no page has to count."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import reverse
from django_tenfold.db.changed_fields import SavesChanges

from products.photos import PhotoLimits, name_photo


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("products:category", args=[self.slug])


class Product(SavesChanges):
    """`review_count` and `rating_sum` are of published reviews: they follow `reviews.counters`."""

    # Its index is the first column of the one on category and average below.
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products", db_index=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(0)])
    photo = models.ImageField(upload_to=name_photo, blank=True, validators=[PhotoLimits()])
    changed_at = models.DateTimeField(auto_now=True)
    review_count = models.PositiveIntegerField(default=0, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    rating = models.GeneratedField(
        expression=Coalesce(
            Cast("rating_sum", FloatField()) / NullIf(Cast("review_count", FloatField()), 0.0), 0.0
        ),
        output_field=FloatField(),
        db_persist=True,
    )
    """The average, 0 while there is no review: not null, for no engine agrees with another where nulls sort."""

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="product_by_name"),
            # All keys of an index in one direction: the rows after a place are one comparison of row values.
            models.Index(fields=["category", "-review_count", "-id"], name="product_of_category"),
            models.Index(fields=["-review_count", "-id"], name="product_by_reviews"),
            models.Index(fields=["-rating", "-id"], name="product_by_rating"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(
                condition=Q(rating_sum__gte=F("review_count"), rating_sum__lte=F("review_count") * 5),
                name="product_ratings_between_1_and_5",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("products:product", args=[self.slug])
