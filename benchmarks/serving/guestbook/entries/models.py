from django.db import models


class Entry(models.Model):
    name = models.CharField(max_length=80)
    text = models.TextField(max_length=1000)
    shouted = models.TextField(blank=True)
    written = models.DateTimeField(auto_now_add=True, db_index=True)
