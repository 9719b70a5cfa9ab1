from functools import partial

from django.db import transaction
from django.forms import modelform_factory
from django.http import HttpResponse
from django.shortcuts import redirect, render

from entries.models import Entry
from entries.tasks import shout

EntryForm = modelform_factory(Entry, fields=["name", "text"])


def book(request):
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            entry = form.save()
            transaction.on_commit(partial(shout.delay, entry.pk))
        return redirect("book")
    return render(request, "entries/book.html", {"form": form, "entries": Entry.objects.order_by("-pk")[:20]})


def health(request):
    return HttpResponse("ok")
