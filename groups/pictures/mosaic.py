"""The picture of a group: a mosaic of its first nine members.

The name is derived from what the picture shows, so the name alone tells whether the picture is current.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from pylopdf_fonts_zh_cn import sans_path

from accounts.models import User
from groups.pictures.remote import fetch
from groups.selectors import CurrentMember
from groups.signals import picture_changed
from log.models import Group, Membership
from uploads import attempts, conversion, names, services
from uploads.selectors import stored_name
from uploads.services import move_to_storage, record_stored, working_directory
from uploads.worker.tasks import Reason, Task, TaskKind, UploadRejected, main_path

MAX_AVATARS = 9
# Raise this when the drawing changes, so that all pictures are made again.
_EDITION = 3


def picture_name(users: Iterable[User | CurrentMember]) -> str:
    """The name of the picture that shows `users`."""
    parts = [[user.userid, user.avatar, user.display_name] for user in users]
    digest = hashlib.sha256(json.dumps([_EDITION, settings.IM66.mosaic_font, parts]).encode())
    return names.unsized_name(names.stem(settings.SECRET_KEY, TaskKind.MOSAIC, digest.digest()))


def refresh_picture(group_id: int) -> None:
    """Give the group a picture of its current members. Call this outside a transaction and outside an event
    loop; it takes a second. Raises UploadRejected, and the errors of the storage and the database."""
    while users := _members(group_id):
        name = picture_name(users)
        if not default_storage.exists(name):
            _make(users, name)
        if Group.objects.filter(pk=group_id).exclude(snap=name).update(snap=name):
            picture_changed.send(sender=Group, group_id=group_id)
        # Another process may have stored a newer picture in the meantime, which this one has overwritten.
        if picture_name(_members(group_id)) == name:
            return


def _members(group_id: int) -> list[User]:
    periods = Membership.objects.current().filter(group=group_id, group__dissolved_at=None)
    return [period.user for period in periods.select_related("user").order_by("pk")[:MAX_AVATARS]]


def _make(users: list[User], name: str) -> None:
    limits = conversion.limits(TaskKind.MOSAIC)
    with working_directory() as directory, attempts.remember_failure_of(TaskKind.MOSAIC, name, limits):
        tiles = [
            {
                "initials": initials(user.display_name),
                "color": color(user.pk),
                "picture": _picture(user, directory / f"face{number}"),
            }
            for number, user in enumerate(users)
        ]
        source = directory / "tiles.json"
        fonts = _font_paths()
        source.write_text(json.dumps({"tiles": tiles, "fonts": fonts}))
        task = Task(TaskKind.MOSAIC, "", str(source), str(directory), limits, reads=[*filter(None, fonts)])
        made = conversion.convert_in_thread(task)
        move_to_storage(main_path(directory, made.extension), name)
        record_stored(names.stem_of(name), name)


def _font_paths() -> list[str]:
    """The fonts for initials, the preferred one first: the operator's, Pillow's own (which has no path), and
    one with Chinese characters."""
    chosen = settings.IM66.mosaic_font
    return [*([chosen] if chosen else []), "", str(sans_path())]


def _picture(user: User, target: Path) -> str:
    """Copy the user's thumbnail to `target` and return its path; empty if the user has none and will have
    none."""
    try:
        thumbnail = _thumbnail(user, target)
    except UploadRejected as refused:
        if refused.passing or refused.reason == Reason.NO_ROOM:
            raise
        return ""
    if not thumbnail:
        return ""
    with default_storage.open(thumbnail) as stored, target.open("wb") as copy:
        shutil.copyfileobj(stored, copy)
    return str(target)


def _thumbnail(user: User, target: Path) -> str:
    name = stored_name(user.avatar)
    if name and default_storage.exists(name):
        return services.thumbnail_of_stored(name)
    return services.thumbnail_of_file(target) if user.avatar and fetch(user.avatar, target) else ""


# Dark enough for white letters.
_COLORS = (
    (229, 115, 115),
    (186, 104, 200),
    (121, 134, 203),
    (79, 147, 206),
    (38, 150, 166),
    (77, 160, 98),
    (140, 150, 60),
    (214, 133, 60),
    (161, 136, 127),
    (120, 144, 156),
)


def initials(name: str) -> str:
    """One or two characters: the first letters of the first and the last of several words, the last digits of
    a number, the first character of anything else."""
    words = name.split()
    if not words:
        return ""
    if name.isdigit():
        return name[-2:]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def color(userid: str) -> tuple[int, int, int]:
    """A colour that is always the same for the same person."""
    return _COLORS[hashlib.sha256(userid.encode()).digest()[0] % len(_COLORS)]
