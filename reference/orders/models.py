"""Orders of one product each."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_tenfold.db.changed_fields import SavesChanges

from products.models import Product

MOST = 20
"""Pieces in one order."""


class Order(SavesChanges):
    class Status(models.TextChoices):
        PLACED = "placed", "Placed"
        SHIPPED = "shipped", "Shipped"
        CANCELLED = "cancelled", "Cancelled"

    # Both indexes below begin with the person.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="orders")
    quantity = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)
    total = models.GeneratedField(
        expression=F("quantity") * F("unit_price"),
        output_field=models.DecimalField(max_digits=10, decimal_places=2),
        db_persist=True,
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLACED)
    placed_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When the letter was sent.")

    class Meta:
        ordering = ["-placed_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "-placed_at", "-id"], name="order_newest_of_person"),
            models.Index("person", "product", name="order_of_person_and_product"),
            models.Index("status", F("placed_at").desc(), name="order_by_status"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__range=(1, MOST)), name="order_quantity_in_range"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="order_price_not_negative"),
            models.CheckConstraint(
                condition=Q(status__in=["placed", "shipped", "cancelled"]), name="order_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"
