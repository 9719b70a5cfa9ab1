"""Ordering, and one's own orders."""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("", views.MyOrders.as_view(), name="mine"),
    path("new/<slug:slug>/", views.PlaceOrder.as_view(), name="place"),
]
