"""Writing, withdrawing and voting; the export."""

from django.urls import path

from reviews import views

app_name = "reviews"
urlpatterns = [
    path("export/", views.Export.as_view(), name="export"),
    path("<int:pk>/helpful/", views.VoteHelpful.as_view(), name="helpful"),
    path("<int:pk>/withdraw/", views.WithdrawReview.as_view(), name="withdraw"),
    path("of/<slug:slug>/write/", views.WriteReview.as_view(), name="write"),
]
