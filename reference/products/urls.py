"""The pages about products."""

from django.urls import path

from products import views

app_name = "products"
urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("products/", views.ProductList.as_view(), name="list"),
    path("products/in/<slug:category>/", views.ProductList.as_view(), name="category"),
    path("products/<slug:slug>/", views.ProductPage.as_view(), name="product"),
]
