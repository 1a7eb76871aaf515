"""What other apps may read of uploads."""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from accounts.selectors import absolute_url
from accounts.services import is_open
from uploads import hiding, names, references, signing
from uploads.models import StoredFile

_PERSON = "person "


def media_url(name: str, base_url: str) -> str:
    """The URL of a stored file: below the configured media host, otherwise below `base_url`."""
    return absolute_url(media_path(name), base_url)


def media_path(name: str) -> str:
    """The part of the URL that does not depend on the request. Store this where a URL is stored."""
    if settings.IM66.media_url:
        return f"{settings.IM66.media_url}/{name}"
    return f"{names.PATH}{name}"


def stored_name(url: str) -> str | None:
    """The name of the stored file that `url` points to; None if it points to none of ours.

    The host is not compared: names cannot be guessed, and a URL given out under an old host must keep
    working. An address that expires has a name only while it is valid.
    """
    if hiding.is_hidden(url):
        opened = hiding.opened_at(url)
        return opened and opened.name
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:  # it is no URL
        return None
    return name if names.is_media_name(name) or names.is_file_name(name) else None


def is_recalled(name: str) -> bool:
    """Whether the messages with the file of this name were recalled, and nothing else has it: then it counts
    as not there."""
    return not is_open() and references.is_recalled(names.stem_of(name))


def at_desk(content: str) -> str:
    """Where moderators find the file of a message with this content: also when it was recalled."""
    path = content.partition("#")[0]
    if path.startswith(signing.PATH) and path.endswith(names.FILE_ENDING):
        return signing.signed_for_desk(path)
    return hiding.hidden_for_desk(content)


def of_person(userid: str) -> str:
    """What `counting.owner` says of the person's files."""
    return f"{_PERSON}{userid}"


def picture_path(url: str) -> str | None:
    """What to store for the URL of a picture of ours; None if it is none, or was recalled."""
    name = stored_name(url)
    if name is None or not names.content_type(name).startswith("image/"):
        return None
    return media_path(name) if default_storage.exists(name) and not is_recalled(name) else None


def own_picture_path(url: str, userid: str | None) -> str | None:
    """The same; also None for the picture of another person: a recalled message would not take it back any
    more. `userid`: None for the operator."""
    path = picture_path(url)
    return path if path is None or userid is None or _may_take(url, path, userid) else None


def claimed_avatar(url: str, userid: str) -> str:
    """What is kept of a picture that a message says is the person's: the path of one of ours, if the person
    may have it; any other URL as it is."""
    path = picture_path(url)
    if path is None:
        name = stored_name(url)
        return "" if name and is_recalled(name) else url
    return path if _may_take(url, path, userid) else ""


def may_show(stem: str, userids: Collection[str]) -> bool:
    """Whether one of these people may have it as their picture."""
    owner = _owner_of(stem)
    return bool(userids) and (not owner.startswith(_PERSON) or owner in map(of_person, userids))


def _may_take(url: str, path: str, userid: str) -> bool:
    """Whether the person may make it their picture, or that of a group. `path`: of the file, `url`: as the
    person names it."""
    if is_open():
        return True
    owner = _owner_of(names.stem_of(path.rpartition("/")[2]))
    is_known = owner.startswith(_PERSON) or hiding.is_hidden(url)
    return not is_known or owner == of_person(userid)


def _owner_of(stem: str) -> str:
    """As `counting.owner` says it; empty if that was not noted."""
    return StoredFile.objects.filter(pk=stem).values_list("owner", flat=True).first() or ""


def storage_name(name: str) -> str | None:
    """What the storage calls the file of this name; None if there is no such file of any type."""
    if not names.is_file_name(name):
        return name
    return StoredFile.objects.filter(pk=names.stem_of(name)).values_list("name", flat=True).first()


def find(stem: str) -> StoredFile | None:
    """The file made from an upload; None if it no longer exists."""
    stored = StoredFile.objects.filter(pk=stem).first()
    return stored if stored and default_storage.exists(stored.name) else None
