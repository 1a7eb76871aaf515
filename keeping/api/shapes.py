"""What the calls about people take and answer, for keys that keep them in step."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Flag, Text, Userid
from accounts.api.shapes import Profile
from keeping.people.syncing import RESULTS

MAX_PAGE = 1000


class DescribedPerson(serializers.Serializer[Any]):
    """For the description; `keeping.people.given` reads it."""

    userid = Userid()
    nickname = Text(required=False)
    avatar = Text(required=False, help_text="The address of a picture.")
    email = Text(required=False)
    banned = Flag(required=False)
    fields = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="All custom fields: texts, numbers and booleans by their names."
    )

    class Meta:
        ref_name = "DescribedPerson"


class PersonChanges(DescribedPerson):
    userid = None  # type: ignore[assignment]

    class Meta:
        ref_name = "PersonChanges"


class DirectoryPerson(Profile):
    email = serializers.CharField()
    banned = serializers.BooleanField()
    fields = serializers.DictField()  # type: ignore[assignment]

    class Meta:
        ref_name = "DirectoryPerson"


class WrittenPerson(DirectoryPerson):
    result = serializers.ChoiceField(RESULTS)

    class Meta:
        ref_name = "WrittenPerson"


class OutcomeShape(serializers.Serializer[Any]):
    userid = serializers.CharField()
    result = serializers.ChoiceField(RESULTS, required=False)
    error = serializers.DictField(required=False, help_text="As that of a call which fails.")

    class Meta:
        ref_name = "PersonOutcome"


class Page(serializers.Serializer[Any]):
    after = Text(
        required=False, allow_blank=True, help_text="With a key for `people`: the userids after this one."
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PAGE)


class BulkQuery(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(required=False, help_text="Store nothing.")
