from celery import shared_task

from entries.models import Entry


@shared_task
def shout(pk):
    entry = Entry.objects.get(pk=pk)
    Entry.objects.filter(pk=pk).update(shouted=entry.text.upper())
