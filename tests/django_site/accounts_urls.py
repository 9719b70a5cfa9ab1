"""Views that tests of sessions and users ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model, logout, update_session_auth_hash
from django.http import HttpResponse, JsonResponse
from django.urls import path

if TYPE_CHECKING:
    from django.http import HttpRequest


def show_who(request: HttpRequest) -> HttpResponse:
    """The user's name; nothing for a visitor."""
    return HttpResponse(request.user.get_username())


async def show_who_async(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return HttpResponse(user.get_username())


async def may_async(request: HttpRequest, permission: str) -> HttpResponse:
    user = await request.auser()
    return HttpResponse(str(await user.ahas_perm(permission)))


async def keep_async(request: HttpRequest) -> HttpResponse:
    """See keep()."""
    if request.method == "POST":
        await request.session.aset("kept", request.POST["kept"])
    return HttpResponse(str(await request.session.aget("kept", "")))


def may(request: HttpRequest, permission: str) -> HttpResponse:
    return HttpResponse(str(request.user.has_perm(permission)))


def keep(request: HttpRequest) -> HttpResponse:
    """GET tells a value of the session, POST sets it."""
    if request.method == "POST":
        request.session["kept"] = request.POST["kept"]
    return HttpResponse(str(request.session.get("kept", "")))


def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("gone")


def show_all(request: HttpRequest) -> JsonResponse:
    return JsonResponse(dict(request.session.items()))


def change_password(request: HttpRequest) -> HttpResponse:
    user = request.user
    user.set_password(request.POST["password"])
    user.save()
    update_session_auth_hash(request, user)
    return HttpResponse("changed")


def rename(request: HttpRequest) -> HttpResponse:
    """By an update that no signal tells of."""
    get_user_model().objects.filter(pk=request.user.pk).update(email=request.POST["name"])
    return HttpResponse("renamed")


urlpatterns = [
    path("password/", change_password),
    path("rename/", rename),
    path("who/", show_who),
    path("who-async/", show_who_async),
    path("may/<str:permission>/", may),
    path("may-async/<str:permission>/", may_async),
    path("keep/", keep),
    path("keep-async/", keep_async),
    path("leave/", leave),
    path("all/", show_all),
]
