"""The leaderboard."""

from django.urls import path

from leaderboard.views import Leaderboard

app_name = "leaderboard"
urlpatterns = [path("", Leaderboard.as_view(), name="leaderboard")]
