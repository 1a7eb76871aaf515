"""The caller's own profile, with quiet hours and the choice of what pushes show."""

from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import shapes, views
from accounts.api.fields import TextField
from notifications import pushing
from notifications.notices.quiet import Quiet


class Minute(TextField):
    """A minute of the day, such as `22:00`."""

    default_error_messages = {"minute": "Not a time of day, such as 22:00."}

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        hour, colon, minute = super().to_internal_value(data).partition(":")
        is_time = colon and all(
            len(part) == 2 and part.isascii() and part.isdigit() for part in (hour, minute)
        )
        if not is_time or int(hour) > 23 or int(minute) > 59:
            self.fail("minute")
        return int(hour) * 60 + int(minute)


class Zone(TextField):
    default_error_messages = {"zone": "Not a time zone, such as Asia/Shanghai."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            self.fail("zone")
        return value


class QuietHours(serializers.Serializer[Any]):
    to = Minute()
    zone = Zone(max_length=64, help_text="By its name in the IANA database.")

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of Python, so it cannot be an attribute.
        return {"from": Minute(), **super().get_fields()}


class MyChanges(views.MyChanges):
    quiet = QuietHours(
        required=False, allow_null=True, help_text="When not to be told of messages; null: never."
    )

    push_text = serializers.BooleanField(
        required=False,
        help_text="Whether pushes to devices show what messages say, if the operator allows it.",
    )

    class Meta:
        ref_name = "MyChanges"


class MyProfile(shapes.MyProfile):
    quiet = QuietHours(allow_null=True, help_text="When the person is not told of messages.")
    push_text = serializers.BooleanField(help_text="Whether pushes to devices show what messages say.")


class OwnProfileWithQuietHours(views.OwnProfile):
    form = MyChanges
    changeable = ("nickname", "avatar", "quiet", "push_text")

    @extend_schema(responses=MyProfile)
    def get(self, request: Request) -> Response:
        """Who calls, and whether that person may write."""
        return super().get(request)

    def current(self, **parts: str) -> dict[str, Any]:
        choices = {
            "quiet": _quiet_representation(pushing.quiet_of(self.userid)),
            "push_text": pushing.shows_text(self.userid),
        }
        return {**super().current(), **choices}

    @extend_schema(request=MyChanges, responses=MyProfile)
    def patch(self, request: Request) -> Response:
        """Change one's own nickname, picture, quiet hours, or what pushes show."""
        return super().patch(request)

    def store_choices(self, changes: dict[str, Any]) -> None:
        if "push_text" in changes:
            pushing.set_shows_text(self.userid, changes["push_text"])
        if "quiet" in changes:
            pushing.set_quiet(self.userid, _quiet_of_body(changes["quiet"]))


def _quiet_of_body(hours: dict[str, Any] | None) -> Quiet | None:
    return None if hours is None else Quiet(hours["from"], hours["to"], hours["zone"])


def _quiet_representation(quiet: Quiet | None) -> dict[str, str] | None:
    return quiet and {"from": _time_of_day(quiet.begin), "to": _time_of_day(quiet.end), "zone": quiet.zone}


def _time_of_day(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
