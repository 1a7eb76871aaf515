"""The outcome of a file that has arrived completely. Callers hold its lock."""

import secrets

from django.db import transaction
from django.utils import timezone

from uploads.documents import parts, previewing
from uploads.models import Document, StoredFile
from uploads.names import FILE_ENDING
from uploads.services import put

State = Document.State


def keep(document: Document) -> None:
    """Move it into the storage."""
    stored = f"{document.pk}{secrets.token_hex(16)}{FILE_ENDING}"
    source = previewing.source_of(document)
    put(parts.path_of(document.pk), stored)
    with transaction.atomic():
        StoredFile.objects.create(stem=document.pk, name=stored)
        Document.objects.filter(pk=document.pk).update(
            state=State.CLEAN,
            stored=stored,
            received=document.size,
            touched_at=timezone.now(),
            preview=Document.Preview.DUE if source else Document.Preview.NONE,
        )
    parts.remove(document.pk)  # a storage elsewhere has a copy
    if source:
        previewing.begin(document, stored, source)


def refuse(document: Document) -> None:
    """The scanner has found something in it. It can be asked for a while what became of
    it."""
    Document.objects.filter(pk=document.pk).update(state=State.INFECTED, touched_at=timezone.now())
    parts.remove(document.pk)
