"""Whether a stored file is out of reach, because all that referred to it was recalled."""

from accounts.models import User
from accounts.statements import fetch
from chat.file_references import STEM, BundledFile
from chat.models import IS_FILE, Message, Sticker
from chat.reading.amendments import not_recalled
from groups.models import Group
from uploads.selectors import may_show

_LOG, _BUNDLED = Message._meta.db_table, BundledFile._meta.db_table
_REFERS = f"{IS_FILE.format(table='one')} AND ({STEM.format(kind='one.kind', content='one.content')}) = %s"
_STATEMENT = (
    f"SELECT (EXISTS(SELECT 1 FROM {_LOG} AS one WHERE {_REFERS})"
    f" OR EXISTS(SELECT 1 FROM {_BUNDLED} AS held WHERE held.stem = %s))"
    f" AND NOT EXISTS(SELECT 1 FROM {_LOG} AS one WHERE {_REFERS} AND {not_recalled('one')})"
    f" AND NOT EXISTS(SELECT 1 FROM {_BUNDLED} AS held JOIN {_LOG} AS one ON one.id = held.message_id"
    f" WHERE held.stem = %s AND {not_recalled('one')})"
)

_SAVED = (
    f"SELECT EXISTS(SELECT 1 FROM {Sticker._meta.db_table} AS own"
    f" WHERE own.stem = %s AND {not_recalled('own', 'message_id')})"
)


def is_recalled(stem: str) -> bool:
    """Whether messages, cards or previews refer to the file and all of them are recalled, and it is nobody's
    avatar or sticker and no group's picture: else people could take away those of others. `stem`: the first
    part of its name."""
    ((is_so,),) = fetch(_STATEMENT, stem, stem, stem, stem)
    return bool(is_so) and not (_is_shown_to_all(stem) or _is_saved(stem))


def _is_shown_to_all(stem: str) -> bool:
    """As the picture of a group, or of a person who may have it: messages also say which is theirs."""
    having = User.objects.filter(avatar__contains=stem).values_list("pk", flat=True)
    return may_show(stem, having[:100]) or Group.objects.filter(picture__startswith=stem).exists()


def _is_saved(stem: str) -> bool:
    """From a message that is not recalled, but may be pruned."""
    ((is_so,),) = fetch(_SAVED, stem)
    return bool(is_so)
