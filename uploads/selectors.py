"""Queries about uploads for other apps."""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from accounts.selectors import absolute_url
from accounts.services import is_open
from uploads import hiding, names, references, signing
from uploads.models import StoredFile

_PERSON_PREFIX = "person "


def media_url(name: str, base_url: str) -> str:
    """Return the URL of a stored file, below the configured media host or else below `base_url`."""
    return absolute_url(media_path(name), base_url)


def media_path(name: str) -> str:
    """Return the part of the URL that does not depend on the request. Store this, not the whole URL."""
    if settings.IM66.media_url:
        return f"{settings.IM66.media_url}/{name}"
    return f"{names.PATH}{name}"


def stored_name(url: str) -> str | None:
    """Return the name of the stored file that `url` points to, or None if it is no URL of a stored file.

    The host is not compared: names cannot be guessed, and a URL given out under an old host must keep
    working. For an expired address the result is None.
    """
    if hiding.is_expiring_url(url):
        opened = hiding.open_url(url)
        return opened and opened.name
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:  # it is no URL
        return None
    return name if names.is_media_name(name) or names.is_file_name(name) else None


def is_recalled(name: str) -> bool:
    """Return whether all messages with this file were recalled and nothing else refers to it. A recalled file
    is treated as missing."""
    return not is_open() and references.is_recalled(names.stem_of(name))


def moderator_url(content: str) -> str:
    """Return the address at which moderators get the file of a message, even a recalled one."""
    path = content.partition("#")[0]
    if path.startswith(signing.PATH) and path.endswith(names.FILE_ENDING):
        return signing.sign_for_moderators(path)
    return hiding.expiring_url_for_moderators(content)


def owner_of_person(userid: str) -> str:
    """Return the owner of the person's files, as `counting.owner` does."""
    return f"{_PERSON_PREFIX}{userid}"


def picture_path(url: str) -> str | None:
    """Return the path to store for the URL of a stored picture, or None if it is none or was recalled."""
    name = stored_name(url)
    if name is None or not names.content_type(name).startswith("image/"):
        return None
    return media_path(name) if default_storage.exists(name) and not is_recalled(name) else None


def own_picture_path(url: str, userid: str | None) -> str | None:
    """Like `picture_path`, but return None for a picture that another person uploaded.

    Otherwise that person could no longer withdraw the picture by recalling its message. `userid` is None for
    the operator.
    """
    path = picture_path(url)
    return path if path is None or userid is None or _may_use(url, path, userid) else None


def avatar_to_store(url: str, userid: str) -> str:
    """Return what to store for the avatar URL that a person states in a message.

    The result is the path of a stored picture that the person may use, an external URL unchanged, or empty.
    """
    path = picture_path(url)
    if path is None:
        name = stored_name(url)
        return "" if name and is_recalled(name) else url
    return path if _may_use(url, path, userid) else ""


def may_be_avatar(stem: str, userids: Collection[str]) -> bool:
    """Return whether one of these people may use the file as their avatar."""
    owner = _owner_of(stem)
    return bool(userids) and (not owner.startswith(_PERSON_PREFIX) or owner in map(owner_of_person, userids))


def _may_use(url: str, path: str, userid: str) -> bool:
    """Return whether the person may use the file as an avatar, their own or a group's.

    `path` is the path of the file, and `url` the URL that the person sent.
    """
    if is_open():
        return True
    owner = _owner_of(names.stem_of(path.rpartition("/")[2]))
    is_known = owner.startswith(_PERSON_PREFIX) or hiding.is_expiring_url(url)
    return not is_known or owner == owner_of_person(userid)


def _owner_of(stem: str) -> str:
    """Return the owner as in `counting.owner`, or empty if it was not recorded."""
    return StoredFile.objects.filter(pk=stem).values_list("owner", flat=True).first() or ""


def storage_name(name: str) -> str | None:
    """Return the name in the storage of a file that clients know as `name`, or None if it does not exist.

    Only a file of any type has a different name in the storage. Other names are returned without a check.
    """
    if not names.is_file_name(name):
        return name
    return StoredFile.objects.filter(pk=names.stem_of(name)).values_list("name", flat=True).first()


def find_stored(stem: str) -> StoredFile | None:
    """Return the file with this stem, or None if it no longer exists."""
    stored = StoredFile.objects.filter(pk=stem).first()
    return stored if stored and default_storage.exists(stored.name) else None
