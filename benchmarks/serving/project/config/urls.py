from django.contrib import admin
from django.urls import path
from reviews import views

urlpatterns = [
    path("", views.plain),
    path("one/", views.one),
    path("reviews/", views.ReviewList.as_view()),
    path("admin/", admin.site.urls),
]
