"""Stores or refuses a file that has arrived completely. Callers hold its lock."""

import secrets

from django.db import transaction
from django.utils import timezone

from uploads.documents import parts, previewing
from uploads.models import Document, StoredFile
from uploads.names import FILE_ENDING
from uploads.services import move_to_storage

State = Document.State


def store(document: Document) -> None:
    """Move the file into the storage."""
    stored = f"{document.pk}{secrets.token_hex(16)}{FILE_ENDING}"
    source = previewing.link_source(document)
    move_to_storage(parts.path_of(document.pk), stored)
    with transaction.atomic():
        StoredFile.objects.create(stem=document.pk, name=stored)
        Document.objects.filter(pk=document.pk).update(
            state=State.CLEAN,
            stored=stored,
            received=document.size,
            touched_at=timezone.now(),
            preview=Document.Preview.DUE if source else Document.Preview.NONE,
        )
    parts.remove(document.pk)  # a remote storage got a copy
    if source:
        previewing.begin(document, stored, source)


def refuse(document: Document) -> None:
    """Remove an infected file. Its row stays for a while, so that clients can learn the result."""
    Document.objects.filter(pk=document.pk).update(state=State.INFECTED, touched_at=timezone.now())
    parts.remove(document.pk)
