"""The pages about accounts."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.urls import path, reverse_lazy
from django.views.generic import TemplateView
from django_tenfold.accounts import views as account_views

from people.views import AccountView, SignUpView

app_name = "people"
urlpatterns = [
    path("", AccountView.as_view(), name="account"),
    path("sign-up/", SignUpView.as_view(), name="sign-up"),
    path(
        "login/",
        account_views.LoginView.as_view(template_name="people/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path(
        "password/",
        account_views.PasswordChangeView.as_view(
            template_name="people/password_change.html",
            success_url=reverse_lazy("people:password-changed"),
        ),
        name="password-change",
    ),
    path(
        "password/changed/",
        auth_views.PasswordChangeDoneView.as_view(template_name="people/password_changed.html"),
        name="password-changed",
    ),
    path(
        "password/reset/",
        account_views.PasswordResetView.as_view(
            template_name="people/password_reset.html",
            email_template_name="people/password_reset_email.txt",
            subject_template_name="people/password_reset_subject.txt",
            success_url=reverse_lazy("people:password-reset-sent"),
        ),
        name="password-reset",
    ),
    path(
        "password/reset/sent/",
        auth_views.PasswordResetDoneView.as_view(template_name="people/password_reset_sent.html"),
        name="password-reset-sent",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        auth_views.PasswordResetConfirmView.as_view(
            template_name="people/password_reset_confirm.html",
            success_url=reverse_lazy("people:password-reset-complete"),
        ),
        name="password-reset-confirm",
    ),
    path(
        "password/reset/complete/",
        auth_views.PasswordResetCompleteView.as_view(template_name="people/password_reset_complete.html"),
        name="password-reset-complete",
    ),
    path(
        "address/",
        account_views.EmailChangeView.as_view(
            template_name="people/email_change.html",
            success_url=reverse_lazy("people:email-change-sent"),
            confirm_route="people:email-confirm",
        ),
        name="email-change",
    ),
    path(
        "address/sent/",
        TemplateView.as_view(template_name="people/email_change_sent.html"),
        name="email-change-sent",
    ),
    path(
        "address/<token>/",
        account_views.EmailConfirmView.as_view(template_name="people/email_confirm.html"),
        name="email-confirm",
    ),
]
