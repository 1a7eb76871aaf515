"""Completes a message with what the server knows of its file, instead of trusting the client."""

from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

from accounts.codes import Cause, Name
from accounts.services import is_open
from chat.failures import CommandRefused
from chat.protocol.commands import Send
from chat.protocol.kinds import FILES, OF_BOTS, kind_of
from chat.protocol.kinds.files import stored_content
from chat.reading.recalled_files import FileRecalled, sources_of
from log import appending
from log.details import PREVIEW, decoded, encoded
from log.rows import LogId
from uploads import hiding, signing
from uploads.documents import naming
from uploads.documents.documents import is_allowed_name
from uploads.models import Document, StoredFile
from uploads.names import is_file_name, stem_of
from uploads.selectors import media_path, owner_of_person, stored_name


def needs_lookup(command: Send) -> bool:
    """Return whether `with_file` may change the command."""
    if command.kind not in FILES:  # as is usual
        return command.kind in OF_BOTS and not is_open()
    return kind_of(command.kind).is_document or not is_open() or hiding.is_expiring_url(command.content)


def with_file(userid: str, command: Send) -> Send:
    """Return the command with the content to store and with its sources. Raise as `_with_file`, and
    CommandRefused if the file was recalled."""
    if command.kind in FILES:
        is_document = kind_of(command.kind).is_document
        command = _with_file(userid, command) if is_document else _with_path(command)
    return command._replace(sources=_sources_of(userid, command))


def _sources_of(userid: str, command: Send) -> tuple[LogId, ...]:
    try:
        return sources_of(command.kind, command.content, command.details)
    except FileRecalled:
        # A repetition of a message with the same cid gets the same reply.
        if command.cid is not None and appending.find(userid, command.cid):
            return ()
        raise CommandRefused.by(Cause.NO_SUCH_FILE) from None


def _with_path(command: Send) -> Send:
    """Replace a signed URL, which expires, by the path of the file."""
    if not hiding.is_expiring_url(command.content):
        return command
    name = stored_name(command.content)
    if name is None:
        raise CommandRefused.by(Cause.NO_SUCH_FILE)
    return command._replace(content=media_path(name))


def _with_file(userid: str, command: Send) -> Send:
    """Return the command with the content to store. Raise CommandRefused if its content is not the URL of a
    file that the person may have, and DatabaseError."""
    document = _accessible_document(userid, command.content)
    if document is None:
        raise CommandRefused.by(Cause.NO_SUCH_FILE)
    if document.state != Document.State.CLEAN:
        raise CommandRefused(Name.CONFLICT, "this file cannot be sent yet, or at all")
    name = _valid_file_name(command.name or document.name)
    # Marked as used, so that it is not removed as unused meanwhile.
    if not StoredFile.objects.filter(pk=document.pk).update(used_at=timezone.now()):
        raise CommandRefused.by(Cause.NO_SUCH_FILE)
    details = command.details
    if document.preview == Document.Preview.MADE:
        details = encoded({**decoded(details), PREVIEW: True})
    content = stored_content(signing.path_of(document.pk), name, document.size)
    return command._replace(content=content, details=details)


def _valid_file_name(proposed: str) -> str:
    try:
        name = naming.clean_name(proposed)
    except naming.BadName as error:
        raise CommandRefused(Name.INVALID, f"name: {error}") from None
    if not is_allowed_name(name):
        raise CommandRefused(Name.NOT_ALLOWED, "files of this type are not taken")
    return name


def _accessible_document(userid: str, url: str) -> Document | None:
    name = stored_name(url) or ""
    document = Document.objects.filter(pk=stem_of(name)).first() if is_file_name(name) else None
    return document if document and _may_have(userid, document, url) else None


def _may_have(userid: str, document: Document, url: str) -> bool:
    """Return whether the person has uploaded the file, or `url` has a valid signature."""
    if is_open() or document.owner == owner_of_person(userid):
        return True
    query = parse_qs(urlsplit(url).query)
    end, signature = (query.get(name, [""])[0] for name in ("e", "s"))
    return signing.is_signed(signing.path_of(document.pk), end, signature)
