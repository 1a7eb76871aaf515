"""The log: everything that people write, and every change that must take effect in an order. And what people
keep about their conversations."""

from typing import Any

from django.conf import settings
from django.db import models

from log.details import SILENT
from log.file_references import BundledFile as BundledFile
from log.file_references import StemOfFile
from log.group_models import Group as Group
from log.group_models import GroupMute as GroupMute
from log.group_models import Membership as Membership
from log.own_models import Conversation as Conversation
from log.own_models import Hidden as Hidden
from log.own_models import Pin as Pin
from log.own_models import Star as Star
from log.own_models import Sticker as Sticker
from log.rows import AMENDMENTS, FILE_KINDS, NO_MESSAGES, Recipient


class Message(models.Model):
    """One row of the log. Ids rise in the order of commits, and `timet` never falls. `log.log_end`
    ensures both; only `log.appending` and `log.changes` append rows. Rows are never changed, with
    two exceptions. When a message is erased, its content and its extension become empty, and so do those of
    the amendments that repeat what it said; when a person is, all that their rows say, and their cids. When a
    held text is released, its cid moves from its place to the message that is sent.

    `target`: the message that a message replies to, or that an amendment is about. `cid`: the sender's own
    name for a message. `details`: JSON that only newer clients get, see `log.details`; None for most. The
    extension of an amendment is `OFF` for a reaction that is taken back; that of a block likewise. A recall
    with `OFF` restores the message, one with `DESK` or `ERASED` was done by a moderator. Changes are stored
    as `log.rows.Change` says.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, db_index=False, related_name="+")
    content = models.TextField()
    extension = models.TextField(blank=True)
    timet = models.BigIntegerField("time", help_text="Whole seconds since 1970.")
    # Not a foreign key: the message exists and is not deleted.
    target = models.BigIntegerField(null=True)
    cid = models.CharField(max_length=64, null=True)  # noqa: DJ001 - most messages have none
    details = models.TextField(null=True)  # noqa: DJ001 - the same

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recipient=None) ^ models.Q(group=None), name="to_a_person_or_a_group"
            ),
            # The cid first: where it begins with the time, the index grows at its end, and no page of it is
            # looked for.
            models.UniqueConstraint(
                fields=["cid", "sender"], condition=models.Q(cid__isnull=False), name="once_for_each_cid"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "id"], name="unicast_backlog"),
            models.Index(fields=["group", "id"], name="group_backlog"),
            # A page of messages passes over no reactions, of which there may be thousands. See NO_AMENDMENT.
            models.Index(
                fields=["group", "id"],
                condition=models.Q(group__isnull=False) & ~models.Q(kind__in=AMENDMENTS),
                name="group_messages",
            ),
            models.Index(
                fields=["sender", "recipient", "id"],
                condition=models.Q(recipient__isnull=False) & ~models.Q(kind__in=AMENDMENTS),
                name="unicast_messages",
            ),
            # Files of one kind are found among any number of texts. See IS_FILE.
            models.Index(
                fields=["group", "kind", "id"],
                condition=models.Q(group__isnull=False) & models.Q(kind__in=FILE_KINDS),
                name="group_files",
            ),
            models.Index(
                fields=["sender", "recipient", "kind", "id"],
                condition=models.Q(recipient__isnull=False) & models.Q(kind__in=FILE_KINDS),
                name="unicast_files",
            ),
            # Who refers to a file. See STEM.
            models.Index(StemOfFile(), condition=models.Q(kind__in=FILE_KINDS), name="referring_to_file"),
            models.Index(fields=["sender", "id"], name="written_by"),
            models.Index(fields=["timet"], name="first_of_a_second"),
            models.Index(
                fields=["target", "kind", "id"], condition=models.Q(target__isnull=False), name="about"
            ),
            models.Index(
                fields=["target", "sender", "kind", "id"],
                condition=models.Q(target__isnull=False),
                name="about_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ReactionTally(models.Model):
    """What the reactions to the message `target` come to, up to the row `upto_id`. Only messages with many
    have one; the log has all of them. See `log.reactions`.

    `given`: JSON, for each emoji how many people have given it, and the first of them.
    """

    target = models.BigIntegerField(primary_key=True)
    # None between two people.
    group_id = models.BigIntegerField(null=True)
    upto_id = models.BigIntegerField()
    given = models.TextField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"reactions to {self.target} up to {self.upto_id}"


class HeldMessage(models.Model):
    """An accepted message that is delivered only after a moderator releases it.

    Its id is that of its place in the log, a row `Held`, which has its cid as long as it waits.
    `released_id`: the message that was sent in the end. It has content and extension then, and these are
    empty. `amendments`: what its sender has done to it meanwhile, in that order: dictionaries with the `id`
    that the sender got, `kind`, `content` and `is_on`. Others do not get them.
    """

    id = models.BigIntegerField(primary_key=True)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, db_index=False, related_name="+")
    content = models.TextField()
    extension = models.TextField(blank=True)
    timet = models.BigIntegerField("time", help_text="Whole seconds since 1970.")
    # Not a foreign key, for the reason given for that of Message.
    target = models.BigIntegerField(null=True)
    is_waiting = models.BooleanField(default=True)
    amendments: "models.JSONField[list[dict[str, Any]] | None, list[dict[str, Any]] | None]" = (
        models.JSONField(null=True)
    )
    released_id = models.BigIntegerField(null=True)
    details = models.TextField(null=True)  # noqa: DJ001 - as of Message
    kind = models.CharField(max_length=20, default="text", db_default="text")

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(is_waiting=True), name="waiting")]

    def __str__(self) -> str:
        return f"held {self.pk}"

    @property
    def to(self) -> Recipient:
        to = self.recipient_id if self.group_id is None else self.group_id
        assert to is not None
        return to


class Mention(models.Model):
    """The message `message_id`, as it is now, mentions the member `userid` of the group; an empty one stands
    for all members. `sender`: who does it."""

    group_id = models.BigIntegerField()
    userid = models.CharField(max_length=64, blank=True)
    # Not a foreign key, for the reason given for the target of Message.
    message_id = models.BigIntegerField()
    sender = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group_id", "userid", "message_id"], name="mentioned_once")
        ]
        indexes = [models.Index(fields=["message_id"], name="mentions_of_message")]

    def __str__(self) -> str:
        return f"{self.userid or 'all'} in {self.message_id}"


class CustomValue(models.Model):
    """The message `message_id`, as it is now, has `value` attached under this name, at the top. `place`: its
    conversation, as `log.custom_values` calls it."""

    place = models.CharField(max_length=140)
    name = models.CharField(max_length=64)
    value = models.CharField(max_length=100)
    # Not a foreign key, for the reason given for the target of Message.
    message_id = models.BigIntegerField(db_index=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["place", "name", "value", "message_id"], name="by_custom_value")]

    def __str__(self) -> str:
        return f"{self.name} of {self.message_id}"


class Block(models.Model):
    """`blocked` may not write to `user`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "blocked"], name="blocked_once")]

    def __str__(self) -> str:
        return f"{self.user_id} blocks {self.blocked_id}"


class Bot(models.Model):
    """The person `user` is a program, which writes only to people who have written to it. `commands`: what it
    lists, each with `name` and `description`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    commands: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"the bot {self.user_id}"


class Privacy(models.Model):
    """Who may reach the person: `log.person_choices.Rules`. Without a row, everybody may."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    write = models.CharField(max_length=10, default="everybody", db_default="everybody")
    find = models.CharField(max_length=10, default="everybody", db_default="everybody")
    invite = models.CharField(max_length=10, default="everybody", db_default="everybody")
    direct = models.CharField(max_length=10, default="everybody", db_default="everybody")

    def __str__(self) -> str:
        return f"privacy of {self.user_id}"


class Contact(models.Model):
    """`other` is among the contacts of `user`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "other"], name="contact_once")]

    def __str__(self) -> str:
        return f"{self.other_id} is a contact of {self.user_id}"


# That a row is no amendment, as the indexes `group_messages` and `unicast_messages` have it: SQLite takes one
# only for a statement that says the same with the same values.
NO_AMENDMENT = f"NOT ({{table}}.kind IN ({', '.join(map(repr, AMENDMENTS))}))"

# That it is a file, as the indexes `group_files` and `unicast_files` have it.
IS_FILE = f"{{table}}.kind IN ({', '.join(map(repr, FILE_KINDS))})"

# That a row is a message, for a query and in SQL.
ARE_MESSAGES = ~models.Q(kind__in=NO_MESSAGES)
IS_MESSAGE = f"NOT ({{table}}.kind IN ({', '.join(map(repr, NO_MESSAGES))}))"

# That the details of a message are not those of one that makes no sound: see `details.as_silent`.
_SILENT_FIELD = f'"{SILENT}":true'
NOT_SILENT = f"COALESCE(SUBSTR({{details}}, 2, {len(_SILENT_FIELD)}), '') <> '{_SILENT_FIELD}'"

# That the person did not hide the message `{id}`, for the userid `{user}`; for a statement that reads many.
NOT_HIDDEN = (
    f"(SELECT COUNT(*) FROM {Hidden._meta.db_table} AS hidden"
    " WHERE hidden.user_id = {user} AND hidden.message_id = {id}) = 0"
)
