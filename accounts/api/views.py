"""The calls about people."""

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, preconditions, services
from accounts.access import Actor
from accounts.api.base import ApiView
from accounts.api.conditional import ConditionalView
from accounts.api.errors import invalid, not_found
from accounts.api.fields import ListedUserids, TextField
from accounts.api.paging import CursorField, PageQuery, first, page, page_of
from accounts.api.shapes import MyProfile, Profile, profile
from accounts.codes import Cause
from accounts.given_names import allowed_name
from accounts.models import AVATAR_LENGTH, NICKNAME_LENGTH, User
from accounts.names.unseen import is_visible
from accounts.selectors import find_people, people_of


class MyChanges(serializers.Serializer[Any]):
    nickname = TextField(required=False, allow_blank=True, max_length=NICKNAME_LENGTH)
    avatar = TextField(
        required=False,
        allow_blank=True,
        max_length=AVATAR_LENGTH,
        help_text="The URL of a picture that was uploaded here; empty: none.",
    )

    def validate_nickname(self, value: str) -> str:
        if not is_visible(value):
            raise serializers.ValidationError("Holds characters that cannot be shown.")
        return value


# The default page size of a search for people.
DEFAULT_PEOPLE = 50


class PeopleQuery(PageQuery):
    after = CursorField(str)
    # SQLite accepts no LIKE pattern of more than 50,000 bytes.
    q = TextField(
        required=False,
        max_length=200,
        help_text="The beginning of a userid, a part of a nickname, or the beginning of its pinyin.",
    )
    ids = ListedUserids(required=False, help_text="Userids with commas between them: all on one page.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("limit", "after"):
            if "ids" in attrs and name in attrs:
                raise serializers.ValidationError({name: "Not together with ids."})
        return attrs


class OwnProfile(ConditionalView):
    """The person who calls."""

    form: type[serializers.Serializer[Any]] = MyChanges
    changeable: Collection[str] = ("nickname", "avatar")
    # Given by the URLs: what to store for the URL of a picture that this person has uploaded; None for any
    # other URL.
    picture: Callable[[str, str | None], str | None] = staticmethod(lambda url, userid: None)

    @extend_schema(responses=MyProfile)
    def get(self, request: Request) -> Response:
        """Who calls, and whether that person may write."""
        return Response(self.current())

    def current(self, **parts: str) -> dict[str, Any]:
        return _profiles([self.userid], self.base_url)[0] | self._standing()

    @extend_schema(request=MyChanges, responses=MyProfile)
    def patch(self, request: Request) -> Response:
        """Change one's own nickname or picture."""
        changes = self.valid_body(self.form)
        profile_changes = self.allowed(changes)
        with transaction.atomic():
            preconditions.check(User.objects.filter(pk=self.userid))
            services.set_profile(self.userid, **profile_changes)
            self.store_choices(changes)
        return self.get(request)

    def allowed(self, changes: dict[str, Any]) -> dict[str, str | None]:
        """Return the nickname and the picture to store, empty if neither changes. Raises ApiError,
        Forbidden and TextRefused."""
        if changes and not {"avatar", "nickname"} & changes.keys():
            return {}
        access.may_set_avatar(Actor(muted=self.somebody.muted))
        avatar, nickname = self._avatar(changes.get("avatar")), changes.get("nickname")
        return {"avatar": avatar, "nickname": nickname and allowed_name(self.userid, nickname)}

    def store_choices(self, changes: dict[str, Any]) -> None:
        """Store the changes of fields that subclasses add."""

    def _standing(self) -> dict[str, Any]:
        person = self.somebody
        if not person.muted:
            return {}
        return {"muted": True, "muted_until": person.muted_until, "reason": person.reason}

    def _avatar(self, url: str | None) -> str | None:
        """Return the value to store for the URL of a picture. Raises ApiError."""
        if not url:
            return url
        stored = self.picture(url, self.userid)
        if stored is None:
            raise invalid("avatar", "Not a picture that was uploaded here.")
        return stored


class PeopleView(ApiView):
    # Set by subclasses: the people whom the caller may look up by userid, and those a search may find.
    visible_to: Callable[[str], Q] = staticmethod(lambda userid: Q(pk=userid))
    searchable_by: Callable[[str], Q] = staticmethod(lambda userid: Q(pk=userid))


class Users(PeopleView):
    @extend_schema(parameters=[PeopleQuery], responses=page_of(Profile))
    def get(self, request: Request) -> Response:
        """People by what they are called, or by their userids: who does not exist is left out."""
        query = self.valid_query(PeopleQuery)
        if "ids" in query:
            return Response(
                page(_profiles(query["ids"], self.base_url, _filter_for(self.by, self.visible_to)), None)
            )
        if "q" not in query:
            raise invalid("q", "Say whom you look for: q or ids.")
        limit, (after,) = query.get("limit", DEFAULT_PEOPLE), query.get("after", ("",))
        people = find_people(query["q"], limit + 1, after, _filter_for(self.by, self.searchable_by))
        some, next_ = first(people, limit, lambda row: (row[0],))
        return Response(page((profile(*row, self.base_url) for row in some), next_))


class OneUser(PeopleView):
    @extend_schema(responses=Profile)
    def get(self, request: Request, userid: str) -> Response:
        """One person."""
        return Response(self.profile_of(userid))

    def profile_of(self, userid: str) -> dict[str, Any]:
        """Raises ApiError if the caller may not see the person."""
        profiles = _profiles([userid], self.base_url, _filter_for(self.by, self.visible_to))
        if not profiles:
            raise not_found(Cause.NO_SUCH_USER.text)
        return profiles[0]


def _profiles(userids: list[str], base_url: str, condition: Q | None = None) -> list[dict[str, Any]]:
    return [profile(*row, base_url) for row in people_of(userids, condition or Q())]


def _filter_for(userid: str | None, condition: Callable[[str], Q]) -> Q:
    """Return the filter of people for the caller. A backend that acts for nobody gets all people."""
    return Q() if userid is None else condition(userid)
