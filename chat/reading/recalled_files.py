"""Whether a stored file is out of reach, because all that referred to it was recalled. Then it counts as not
there, also for who would send it again."""

from typing import NamedTuple

from accounts.models import User
from accounts.services import is_open
from accounts.statements import fetch
from log.amendments import not_recalled
from log.file_references import STEM, BundledFile, stem_in, stems_within
from log.models import IS_FILE, Group, Message, Sticker
from log.rows import FILE_KINDS, LogId
from uploads.names import stem_of, stems_in
from uploads.selectors import may_be_avatar, stored_name

_LOG, _BUNDLED = Message._meta.db_table, BundledFile._meta.db_table
_REFERS = f"{IS_FILE.format(table='one')} AND ({STEM.format(kind='one.kind', content='one.content')}) = %s"
_FILE_USE = (
    f"SELECT EXISTS(SELECT 1 FROM {_LOG} AS one WHERE {_REFERS})"
    f" OR EXISTS(SELECT 1 FROM {_BUNDLED} AS held WHERE held.stem = %s),"
    f" COALESCE((SELECT one.id FROM {_LOG} AS one WHERE {_REFERS} AND {not_recalled('one')} LIMIT 1),"
    f" (SELECT one.id FROM {_BUNDLED} AS held JOIN {_LOG} AS one ON one.id = held.message_id"
    f" WHERE held.stem = %s AND {not_recalled('one')} LIMIT 1))"
)

_IS_STICKER = (
    f"SELECT EXISTS(SELECT 1 FROM {Sticker._meta.db_table} AS own"
    f" WHERE own.stem = %s AND {not_recalled('own', 'message_id')})"
)


class FileRecalled(Exception):
    """The message would show a file that was recalled."""


class _Use(NamedTuple):
    """Of a file: whether it is recalled, and a message that shows it, if there is one."""

    is_recalled: bool
    visible_in: LogId | None


def is_recalled(stem: str) -> bool:
    """Whether messages, cards or previews refer to the file and all of them are recalled, and it is nobody's
    avatar or sticker and no group's picture: else people could take away those of others. `stem`: the first
    part of its name."""
    return _use_of(stem).is_recalled


def sources_of(kind: str, content: str, details: str) -> tuple[LogId, ...]:
    """For each file of ours that a message would show, one that shows it: as long as that is not recalled,
    the file is not. None for a file that no message shows yet, and none in open mode, where names give files
    to everybody. Raises Recalled."""
    if is_open():
        return ()
    stems = {stem_in(kind, content), *stems_within(details)}
    if kind in FILE_KINDS:
        # Exports may take another one for its file.
        stems.add(stem_of(stored_name(content) or ""))
    uses = [_use_of(stem) for stem in stems if stems_in(stem) == [stem]]
    if any(use.is_recalled for use in uses):
        raise FileRecalled
    return tuple(use.visible_in for use in uses if use.visible_in is not None)


def _use_of(stem: str) -> _Use:
    ((is_used, visible_in),) = fetch(_FILE_USE, stem, stem, stem, stem)
    is_lost = bool(is_used) and visible_in is None
    return _Use(is_lost and not (_is_public_picture(stem) or _is_sticker(stem)), visible_in)


def _is_public_picture(stem: str) -> bool:
    """As the picture of a group, or of a person who may have it: messages also say which is theirs."""
    pictures = User.objects.filter(avatar__contains=stem).values_list("pk", "avatar")[:100]
    # What else an address says that stands in an avatar makes it no picture of ours.
    having = [userid for userid, url in pictures if stem_of(stored_name(url) or "") == stem]
    return may_be_avatar(stem, having) or Group.objects.filter(picture__startswith=stem).exists()


def _is_sticker(stem: str) -> bool:
    """From a message that is not recalled, but may be pruned."""
    ((is_so,),) = fetch(_IS_STICKER, stem)
    return bool(is_so)
