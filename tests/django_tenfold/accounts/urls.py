"""The pages about accounts, as a project would give them routes."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.http import HttpResponse
from django.urls import path
from django.views.generic import TemplateView

from django_tenfold.accounts import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path(
        "login/",
        views.LoginView.as_view(template_name="tenfold_accounts/sign_up.html", success_url="/"),
        name="login",
    ),
    path("sign-up/", views.SignUpView.as_view(), name="sign-up"),
    path("password/", views.PasswordResetView.as_view(), name="password_reset"),
    path("password/sent/", lambda request: HttpResponse("sent"), name="password_reset_done"),
    path(
        "password/<uidb64>/<token>/",
        auth_views.PasswordResetConfirmView.as_view(post_reset_login=True, success_url="/"),
        name="password_reset_confirm",
    ),
    path(
        "password-change/",
        views.PasswordChangeView.as_view(template_name="tenfold_accounts/sign_up.html", success_url="/"),
    ),
    path("email/", views.EmailChangeView.as_view(), name="email-change"),
    path(
        "email/sent/",
        TemplateView.as_view(template_name="tenfold_accounts/email_change_sent.html"),
        name="email-change-sent",
    ),
    path("email/<token>/", views.EmailConfirmView.as_view(), name="email-confirm"),
    path("", lambda request: HttpResponse("home")),
]
