"""What workers do for orders."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from celery.schedules import crontab
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from django_tenfold.db.batches import delete_in_batches
from django_tenfold.tasks.periodic import periodic

from orders.models import Order

KEPT = timedelta(days=400)
"""Cancelled orders, for questions about them: longer than a year's accounts are open."""


def confirmation_key(order_id: int) -> str:
    return f"order-confirmed:{order_id}"


# Its key, the row that it changes and the letter (a task of its own, sent on commit) are one transaction:
# whether it is delivered twice or its worker dies, the order is confirmed once.
@shared_task(idempotent=True, key=confirmation_key)
def confirm_order(order_id: int) -> None:
    """Send the confirmation of an order."""
    order = Order.objects.select_related("person", "product").get(pk=order_id)
    text = render_to_string("orders/confirmation.txt", {"order": order})
    send_mail(f"Your order of {order.product}", text, None, [order.person.email])
    order.confirmed_at = timezone.now()
    order.save()  # writes the one column: see SavesChanges


# In batches of a thousand: a delete of all of them at once would hold their locks until the last is gone.
@periodic(crontab(hour=4, minute=10))
@shared_task
def forget_cancelled_orders() -> int:
    """Delete those that nobody asks about any more; how many."""
    old = Order.objects.filter(status=Order.Status.CANCELLED, placed_at__lt=timezone.now() - KEPT)
    return delete_in_batches(old).rows
