"""Which messages refer to a stored file, for one file: those with its address, bundles that hold such
messages, and those with its address in a card or below a link."""

from collections.abc import Collection, Mapping

from django.db import models

from log.cards import CARD, picture_of
from log.details import BUNDLE, decoded
from log.rows import FILE_KINDS, LogId
from uploads.calls import FILE
from uploads.names import STEM_LENGTH, stems_in
from uploads.signing import PATH

# The first part of the name of the file that a message refers to: what follows the last `/`, or stands in the
# address of a file of any type. Of a URL that is longer than any of ours, it is something else. SQLite uses
# the index only for a statement that says the same.
_URL_LENGTH = 300
_URL = f"substr({{content}}, 1, {_URL_LENGTH})"
_LAST_SLASH = f"length(rtrim({_URL}, replace({_URL}, '/', '')))"
STEM = (
    f"CASE {{kind}} WHEN '{FILE}' THEN substr({{content}}, {len(PATH) + 1}, {STEM_LENGTH})"
    f" ELSE substr({_URL}, {_LAST_SLASH} + 1, {STEM_LENGTH}) END"
)


class StemOfFile(models.Func):
    """STEM, for an index."""

    template = f"({STEM.format(kind='kind', content='content')})"
    output_field = models.CharField()


def stem_in(kind: str, content: str) -> str:
    """What STEM is of a message of this kind with this content; empty if it is none of a file."""
    if kind == FILE:
        return content[len(PATH) :][:STEM_LENGTH]
    return content[:_URL_LENGTH].rpartition("/")[2][:STEM_LENGTH] if kind in FILE_KINDS else ""


class BundledFile(models.Model):
    """The message `message_id` shows the file of which the name begins with `stem`, and is none itself."""

    stem = models.CharField(max_length=STEM_LENGTH, db_index=True)
    # Not a foreign key, as of all that is kept about messages.
    message_id = models.BigIntegerField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.stem} in {self.message_id}"


def note_bundles(details: Mapping[LogId, str]) -> None:
    """These messages have these details now. In the transaction in which they are written."""
    noted = [(stem, id_) for id_, one in details.items() for stem in stems_within(one)]
    if noted:
        BundledFile.objects.bulk_create(BundledFile(stem=stem, message_id=id_) for stem, id_ in noted)


def note_picture(message: LogId, url: str) -> None:
    """The message shows the picture at this address; none if it is empty."""
    stems = stems_in(url)[-1:]
    BundledFile.objects.bulk_create(BundledFile(stem=stem, message_id=message) for stem in stems)


def stems_within(details: str) -> set[str]:
    """Of the files that a bundle or a card shows."""
    if not (BUNDLE in details or CARD in details):
        return set()  # as is usual
    items = decoded(details).get(BUNDLE, {}).get("items", ())
    stems = {stem_in(item["kind"], item["content"]) for item in items} | {
        stem_in("picture", picture_of(details))
    }
    return {stem for stem in stems if stems_in(stem) == [stem]}


def forget_bundles(ids: Collection[LogId]) -> None:
    """These say nothing any more."""
    BundledFile.objects.filter(message_id__in=ids).delete()
