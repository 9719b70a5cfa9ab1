"""The search."""

from django.urls import path

from search.views import Results

app_name = "search"
urlpatterns = [path("", Results.as_view(), name="results")]
