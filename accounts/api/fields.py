"""Serializer fields for bodies and queries. In a body, each value must have the right JSON type, while
DRF's own fields accept `"1"` as a number and 1 as a text."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from accounts import bounded_json
from accounts.api.errors import ApiError
from accounts.codes import Name
from accounts.names.userids import is_userid

# The largest id of a row of the log: a database's largest integer.
LARGEST_ID = 2**63 - 1
_SLOW = ProhibitSurrogateCharactersValidator
# The maximum number of userids in a query.
MAX_USERIDS = 200


def id_in(text: str | None) -> int | None:
    """Parse the id in a URL. Return None if it is no number, or larger than any id."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


class TextField(serializers.CharField):
    """A text, without NUL and without lone surrogates, kept as it is. Empty only if `allow_blank`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)
        self.validators = [
            _reject_surrogates if isinstance(validator, _SLOW) else validator for validator in self.validators
        ]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def _reject_surrogates(value: Any) -> None:
    """Raise the same error as DRF's own validator, which checks each character and takes 30 ms for a
    megabyte."""
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        _SLOW()(error.object[error.start])


class Userid(TextField):
    default_error_messages = {"userid": "Not a userid."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not is_userid(value):
            self.fail("userid")
        return value


class Userids(serializers.ListField):
    """A list of userids in a body."""

    child = Userid()

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=10_000, **options)


class ListedUserids(TextField):
    """Userids in a query, separated by commas."""

    default_error_messages = {
        "userids": "Holds something that is not a userid.",
        "many": f"At most {MAX_USERIDS} at once.",
    }

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        userids = list(dict.fromkeys(super().to_internal_value(data).split(",")))
        if not all(map(is_userid, userids)):
            self.fail("userids")
        if len(userids) > MAX_USERIDS:
            self.fail("many")
        return userids


class WholeNumber(serializers.IntegerField):
    """A whole number in a body."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "maxProperties": bounded_json.MAX_FIELDS, "additionalProperties": {}})
class CustomObject(serializers.Field[Any, Any, Any, Any]):
    """Data that a program attaches. Null or an empty object means none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation({} if data is None else data)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            return bounded_json.checked(data)
        except bounded_json.TooLong as error:
            reason = f"At most {bounded_json.MAX_BYTES} bytes."
            raise ApiError(Name.TOO_LONG, f"custom: {reason}", {"custom": reason}) from error
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class Second(serializers.IntegerField):
    """A time in a response, as whole seconds of Unix time."""

    def to_representation(self, value: datetime) -> int:  # type: ignore[override]
        return int(value.timestamp())


class MessageId(WholeNumber):
    """The id of a message in a body."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)


class Flag(serializers.BooleanField):
    """True or false in a body."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
