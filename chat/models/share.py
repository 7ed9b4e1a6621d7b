"""A share: what a conversation held at one moment, for whoever has the link, until its owner takes it back."""

import secrets
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone


def new_token() -> str:
    """Return 192 bits that nobody guesses, as 32 characters fit for an address."""
    return secrets.token_urlsafe(24)


class Share(models.Model):
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="shares")
    title = models.CharField(max_length=200)
    content = models.JSONField()  # the branch that was shown
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Share"]] = models.Manager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("chat:shared", args=[self.token])
