"""What other packages may read of accounts."""

from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.templatetags.static import static

from accounts.models import User, display_name
from accounts.names.pinyin import spelled_query
from accounts.names.userids import is_userid

# This path must contain neither `-` nor `_`. Clients read what is between the first `-` of a URL and the next
# `.` as a length or a size, and `_` separates the fields of the frame that carries the URL.
DEFAULT_AVATAR = "im66/avatar.png"


def absolute_url(path: str, base_url: str) -> str:
    """The URL under which clients can open `path`. A path with a scheme is returned as it is. Any other path
    is put below the configured public URL or, without one, below `base_url`, the address that the client
    used."""
    if "://" in path:
        return path
    return f"{settings.IM66.public_url or base_url}/{path.lstrip('/')}"


def is_default_picture(url: str) -> bool:
    """Whether it is the URL of the picture of those who have none of their own."""
    return url.endswith(_default_avatar())


# What others see of a person.
PROFILE_FIELDS = ("userid", "nickname", "avatar", "is_bot")
ProfileRow = tuple[str, str, str, bool]
_ANYBODY = Q()


class Named(NamedTuple):
    """What a person, or a group, is called and looks like. `picture` refers to its picture; empty for the
    default one."""

    name: str
    picture: str
    is_bot: bool = False


class Pictured(Protocol):
    """A person: an instance of User, or values read from one."""

    @property
    def avatar(self) -> str: ...


def avatar_url(user: Pictured, base_url: str) -> str:
    """The URL of the picture of `user`: their own, or the default one, which this server serves."""
    return picture_url(user.avatar, base_url)


def picture_url(avatar: str, base_url: str) -> str:
    """The URL of the picture of a person with this avatar, which may be empty."""
    return absolute_url(avatar or _default_avatar(), base_url)


def names_of(userids: Collection[str]) -> dict[str, Named]:
    """What each person is called and looks like."""
    people = User.objects.filter(pk__in=userids).values_list(*PROFILE_FIELDS)
    return {userid: Named(display_name(userid, nickname), *rest) for userid, nickname, *rest in people}


def people_of(userids: Collection[str], are: Q = _ANYBODY) -> list[ProfileRow]:
    """Those who exist, in the order in which they are named. `are`: only people of whom that is true."""
    valid = [userid for userid in userids if is_userid(userid)]
    rows = User.objects.filter(are, pk__in=valid).values_list(*PROFILE_FIELDS)
    by_userid = {row[0]: row for row in rows}
    return [by_userid[userid] for userid in valid if userid in by_userid]


def profile_row(user: User) -> ProfileRow:
    """The same of one who is at hand."""
    return user.pk, user.nickname, user.avatar, user.is_bot


def find_people(text: str, limit: int, after: str = "", are: Q = _ANYBODY) -> list[ProfileRow]:
    """Likewise of the people who are called so: the first `limit` of those after the userid `after`."""
    rows = User.objects.filter(is_called(text), are, userid__gt=after).order_by("userid")
    return list(rows.values_list(*PROFILE_FIELDS)[:limit])


def is_called(text: str, person: str = "") -> Q:
    """Of people: the userid begins with `text`, or the nickname contains it or, from one of its characters
    on, begins so in pinyin. A new nickname is found by its pinyin after some seconds. `person`: where the
    rows name the people, as `peer__`."""
    conditions = Q(**{f"{person}userid__startswith": text}) | Q(**{f"{person}nickname__icontains": text})
    if spelled := spelled_query(text):
        conditions |= Q(**{f"{person}spelling__contains": spelled})
    return conditions


def is_muted(userid: str) -> bool:
    """Whether the person may read but not write."""
    return User.objects.filter(pk=userid, muted=True).exists()


def banned_among(userids: Iterable[str]) -> list[str]:
    """Those of `userids` whose accounts are banned."""
    return list(User.objects.filter(pk__in=list(userids), is_active=False).values_list("pk", flat=True))


def silent_of(userids: Collection[str]) -> dict[str, bool]:
    """Those of `userids` who may not write, and whether that is because they are banned."""
    if not userids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_silent_among(len(userids)), list(userids))
        return {userid: not is_active for userid, is_active in cursor.fetchall()}


@lru_cache
def _silent_among(people: int) -> str:
    # Not a queryset: the log is locked meanwhile, and Django needs longer to make the statement than the
    # database to answer it.
    marks = ", ".join(["%s"] * people)
    table = User._meta.db_table
    return f"SELECT userid, is_active FROM {table} WHERE userid IN ({marks}) AND (muted OR NOT is_active)"


@cache
def _default_avatar() -> str:
    # Cached, because one reply may need it hundreds of times.
    return static(DEFAULT_AVATAR)
