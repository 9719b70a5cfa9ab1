from django.contrib import admin
from django.urls import path

from shop import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", views.home),
    path("products/", views.ProductList.as_view(), name="products"),
    path("products/<int:pk>/", views.product, name="product"),
    path("products/<int:pk>/review/", views.add_review),
    path("categories/", views.CategoryList.as_view()),
    path("search/", views.search, name="search"),
    path("export/", views.export),
    path("order/<int:pk>/", views.order, name="order"),
    path("reviews/", views.ReviewList.as_view(), name="reviews"),
    path("health/", views.health),
]
