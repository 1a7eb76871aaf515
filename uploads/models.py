"""The stored files, the files that arrive in pieces, and the failed conversions."""

from django.db import models
from django.db.models import Value
from django.utils import timezone

from uploads import names


class StoredFile(models.Model):
    """A file in the storage whose name clients get. A video's poster is stored next to it and has no row.

    The key is the stem, the first part of the name. It is derived from the uploaded content and its owner, so
    a repeated upload of the same person finds the same row.
    """

    stem = models.CharField(primary_key=True, max_length=names.STEM_LENGTH)
    name = models.CharField(max_length=100)
    owner = models.CharField(
        max_length=80,
        default="",
        db_default="",
        blank=True,
        help_text="See counting.owner; empty for what was stored before this was noted.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(
        default=timezone.now,
        db_index=True,
        help_text="When somebody was last told its URL in answer to an upload.",
    )

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """A file of any type that is sent in pieces. `owner`: see counting.owner.

    While it arrives, and until a scanner has found it clean, the file is in the folder for arriving files.
    Afterwards it is in the storage, under the name `stored`.
    """

    class State(models.TextChoices):
        ARRIVING = "arriving"
        WAITING = "waiting", "waiting for the scanner"
        CLEAN = "clean"
        INFECTED = "infected"

    class Preview(models.TextChoices):
        """A preview picture, stored with the file."""

        NONE = ""
        DUE = "due"
        MADE = "made"

    id = models.CharField(primary_key=True, max_length=names.STEM_LENGTH)
    owner = models.CharField(max_length=80, db_index=True)
    address = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0, db_default=0, help_text="As of the last piece.")
    state = models.CharField(
        max_length=16, choices=State.choices, default=State.ARRIVING, db_default=State.ARRIVING
    )
    stored = models.CharField(max_length=100, default="", db_default="", blank=True)
    tries = models.IntegerField(default=0, db_default=0, help_text="How often the scanner was asked.")
    due_at = models.DateTimeField(null=True, help_text="When the scanner is asked next.")
    touched_at = models.DateTimeField(default=timezone.now, help_text="When the last piece came.")
    preview = models.CharField(
        max_length=8, choices=Preview.choices, default=Preview.NONE, db_default=Preview.NONE, blank=True
    )

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["state", "touched_at"], name="documents_by_state")]

    def __str__(self) -> str:
        return f"{self.name} of {self.owner}"


class FailedAttempt(models.Model):
    """A failed conversion. The key is derived from everything that the result depends on."""

    key = models.CharField(primary_key=True, max_length=names.STEM_LENGTH)
    kind = models.CharField(max_length=20)
    reason = models.CharField(max_length=20)
    text = models.CharField(max_length=200)
    numbers = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), help_text="What belongs into the text."
    )
    passing = models.BooleanField(help_text="The same may go well another time.")
    failed_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.text % self.numbers}"
