"""Ordering a product, and one's own orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.views.generic import FormView, ListView
from django_tenfold.api.pages import KeysetListMixin

from orders.forms import OrderForm
from orders.models import Order
from orders.placing import place_order
from products.reading import find_product

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from products.models import Product


class PlaceOrder(LoginRequiredMixin, FormView):
    form_class = OrderForm
    template_name = "orders/place.html"
    success_url = reverse_lazy("orders:mine")

    @cached_property
    def product(self) -> Product:
        return find_product(self.kwargs["slug"])

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        return super().get_context_data(product=self.product, **named)

    def form_valid(self, form: OrderForm) -> HttpResponse:
        order = place_order(self.request.user, self.product, quantity=form.cleaned_data["quantity"])
        messages.success(self.request, f"Order {order.pk} is placed. A confirmation is on its way to you.")
        return super().form_valid(form)


class MyOrders(LoginRequiredMixin, KeysetListMixin, ListView):
    template_name = "orders/mine.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Order]:
        return (
            Order.objects.filter(person=self.request.user)
            .select_related("product")
            .only("quantity", "total", "status", "placed_at", "product__name", "product__slug")
        )
