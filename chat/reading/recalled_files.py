"""Whether a stored file is out of reach, because all that referred to it was recalled."""

from accounts.models import User
from accounts.statements import fetch
from chat.file_references import STEM, BundledFile
from chat.models import IS_FILE, Message
from chat.reading.amendments import not_recalled
from groups.models import Group

_LOG, _BUNDLED = Message._meta.db_table, BundledFile._meta.db_table
_REFERS = f"{IS_FILE.format(table='one')} AND ({STEM.format(kind='one.kind', content='one.content')}) = %s"
_STATEMENT = (
    f"SELECT EXISTS(SELECT 1 FROM {_LOG} AS one WHERE {_REFERS})"
    f" AND NOT EXISTS(SELECT 1 FROM {_LOG} AS one WHERE {_REFERS} AND {not_recalled('one')})"
    f" AND NOT EXISTS(SELECT 1 FROM {_BUNDLED} AS held JOIN {_LOG} AS one ON one.id = held.message_id"
    f" WHERE held.stem = %s AND {not_recalled('one')})"
)
_PLACES = f"SELECT DISTINCT one.sender_id, one.group_id FROM {_LOG} AS one WHERE {_REFERS} LIMIT 100"


def is_recalled(stem: str) -> bool:
    """Whether messages refer to the file and all of them are recalled, and it is not the avatar of somebody
    who has sent it, nor the picture of a group where it was sent. `stem`: the first part of its name."""
    ((is_so,),) = fetch(_STATEMENT, stem, stem, stem)
    return bool(is_so) and not _is_shown_to_all(stem)


def _is_shown_to_all(stem: str) -> bool:
    places = fetch(_PLACES, stem)
    people, groups = {person for person, _ in places}, {group for _, group in places} - {None}
    return (
        User.objects.filter(pk__in=people, avatar__contains=stem).exists()
        or Group.objects.filter(pk__in=groups, picture__startswith=stem).exists()
    )
