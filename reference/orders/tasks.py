"""What workers do for orders."""

from __future__ import annotations

from celery import shared_task
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone

from orders.models import Order


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
    order.save(update_fields=["confirmed_at"])
