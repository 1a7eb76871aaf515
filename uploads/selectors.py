"""What others may read of uploads."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from accounts.selectors import absolute_url
from uploads import names
from uploads.models import StoredFile

# Served at this path, by us or by what stands in front.
PATH = "/media/"


def media_url(name: str, base_url: str) -> str:
    """The URL of a stored file: below the configured media host, else as any other path."""
    return absolute_url(media_path(name), base_url)


def media_path(name: str) -> str:
    """The URL as far as it does not depend on who asks: to be kept where a URL is kept."""
    if settings.IM66.media_url:
        return f"{settings.IM66.media_url}/{name}"
    return f"{PATH}{name}"


def stored_name(url: str) -> str | None:
    """The name of the stored file that `url` tells of, None if it tells of none of ours.

    Whatever host it names: names cannot be guessed, and a URL given out under an old host stays ours.
    """
    name = urlsplit(url).path.rpartition("/")[2]
    return name if names.is_stored_name(name) else None


def find(stem: str) -> StoredFile | None:
    """The file that an upload became, unless it is not there any more."""
    found = StoredFile.objects.filter(pk=stem).first()
    return found if found and default_storage.exists(found.name) else None
