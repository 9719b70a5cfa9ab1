"""The routes of the API."""

from django.urls import path

from api import views

app_name = "api"
urlpatterns = [
    path("products/", views.ProductListView.as_view(), name="products"),
    path("products/<slug:slug>/", views.ProductView.as_view(), name="product"),
    path("products/<slug:slug>/reviews/", views.ProductReviewListView.as_view(), name="product-reviews"),
    path("reviews/", views.ReviewListView.as_view(), name="reviews"),
    path("leaderboard/", views.LeaderboardView.as_view(), name="leaderboard"),
]
