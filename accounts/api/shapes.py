"""The API's representation of people and of lists."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from rest_framework import serializers

from accounts.selectors import picture_url


class Profile(serializers.Serializer[Any]):
    userid = serializers.CharField()
    nickname = serializers.CharField(help_text="As the person has set it; empty: show the userid.")
    avatar = serializers.URLField(help_text="A picture: the person's own, or the default one.")
    bot = serializers.BooleanField(required=False, help_text="True: a program. Else it is left out.")


class MuteShape(serializers.Serializer[Any]):
    """What is said of whoever may read but not write."""

    muted = serializers.BooleanField(required=False, help_text="True, or nothing is said of all this.")
    muted_until = serializers.IntegerField(
        required=False, allow_null=True, help_text="A second since 1970; null: for good."
    )
    reason = serializers.CharField(required=False, help_text="What a moderator said about it.")


class MyProfile(Profile, MuteShape):
    pass


def profile(userid: str, nickname: str, avatar: str, is_bot: bool, base_url: str) -> dict[str, Any]:
    known = {"userid": userid, "nickname": nickname, "avatar": picture_url(avatar, base_url)}
    return {**known, "bot": True} if is_bot else known


def listed(items: Iterable[Any], *, more: bool = False) -> dict[str, Any]:
    return {"items": list(items), "more": more}


@cache
def list_of(item: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the serializer of a list of these items, for the OpenAPI document."""
    fields = {"items": item(many=True), "more": serializers.BooleanField(help_text="There are more.")}
    return type(f"{name_of(item)}List", (serializers.Serializer,), fields)


def name_of(item: type[serializers.Serializer[Any]]) -> str:
    """Return the name of the serializer in the OpenAPI document."""
    return str(getattr(getattr(item, "Meta", None), "ref_name", item.__name__))
