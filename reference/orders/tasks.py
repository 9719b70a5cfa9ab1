"""What workers do for orders."""

from __future__ import annotations

from celery import shared_task
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from orders.models import Order


@shared_task(
    autoretry_for=(OSError,),
    retry_backoff=True,
    max_retries=8,
    acks_late=True,
    time_limit=60,
    soft_time_limit=45,
)
def confirm_order(order_id: int) -> bool:
    """Send the confirmation, once; whether this run sent it.

    The row is locked meanwhile: a task that is delivered twice waits for the first and finds it done.
    """
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(of=("self",))
            .select_related("person", "product")
            .filter(pk=order_id, confirmed_at=None)
            .first()
        )
        if order is None:
            return False
        text = render_to_string("orders/confirmation.txt", {"order": order})
        send_mail(f"Your order of {order.product}", text, None, [order.person.email])
        order.confirmed_at = timezone.now()
        order.save(update_fields=["confirmed_at"])
    return True
