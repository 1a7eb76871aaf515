"""The log: everything that people write, and every change that must take effect in an order. And what people
keep about their conversations."""

from typing import Any

from django.conf import settings
from django.db import models

from chat.file_references import BundledFile as BundledFile
from chat.file_references import StemOfFile
from chat.own_models import Conversation as Conversation
from chat.own_models import Hidden as Hidden
from chat.own_models import Pin as Pin
from chat.own_models import Star as Star
from chat.own_models import Sticker as Sticker
from chat.protocol.rows import (
    AMENDMENTS,
    FILE_KINDS,
    NO_MESSAGES,
    Recipient,
)
from groups.models import Group


class Message(models.Model):
    """One row of the log. Ids rise in the order of commits, and `timet` never falls. `chat.writing.log_end`
    ensures both; only `chat.writing.log` and `chat.writing.changes` append rows. Rows are never changed, with
    two exceptions. When a message is erased, its content and its extension become empty, and so do those of
    the amendments that repeat what it said; when a person is, all that their rows say, and their cids. When a
    held text is released, its cid moves from its place to the message that is sent.

    `target`: the message that a message replies to, or that an amendment is about. `cid`: the sender's own
    name for a message. `details`: JSON that only newer clients are told of, see `chat.protocol.details`; None
    for most. The extension of an amendment is `OFF` for a reaction that is taken back; that of a
    block likewise. A recall with `OFF` restores the message, one with `DESK` or `ERASED` was done by a
    moderator. A process of an earlier version takes each of these for a recall.
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
    # Not a foreign key: the message is there, and nobody removes it.
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
    have one; the log has all of them. See `chat.reading.reactions`.

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
    """A message that was accepted, and that nobody gets until a moderator releases it.

    Its id is its place in the log: that of an empty change of its sender's standing, which has its cid as
    long as it waits.
    `released_id`: the message that was sent in the end. It has content and extension then, and these are
    empty. `amendments`: what its sender has done to it meanwhile, in that order: dictionaries with the `id`
    that the sender was told, `kind`, `content` and `is_on`. Nobody else is told.
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


class Installation(models.Model):
    """This installation: one row, created on first use. See `chat.delivery.cluster.installation`.

    `kept_log`: the name that the log had before it was moved into this database, if it was.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    key = models.CharField(max_length=64)
    kept_log = models.CharField(max_length=64, default="", db_default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return "this installation"


class NewestLogin(models.Model):
    """The last login of a person for whom only the newest connection gets messages.

    `number` counts the person's logins. `process` is the process of the last one, `previous` that of the one
    before.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    number = models.BigIntegerField()
    process = models.CharField(max_length=32)
    previous = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"login {self.number} of {self.user_id}"


class LinkPreview(models.Model):
    """What the page says of itself to which the message `message_id` links. `picture`: where it is stored
    here. It is not shown of a message that was edited since, or is recalled."""

    # Not a foreign key, as of all that is kept about messages.
    message_id = models.BigIntegerField(primary_key=True)
    url = models.TextField()
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=300)
    site = models.CharField(max_length=60)
    picture = models.CharField(max_length=300)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.site} below {self.message_id}"

    @property
    def told(self) -> dict[str, str]:
        """As clients get it, but for the address of the picture."""
        names = ("url", "title", "description", "site", "picture")
        return {name: value for name in names if (value := getattr(self, name))}


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
    """Who may reach the person: values of `chat.reach.Circle`. Without a row, everybody may. `write`: write
    to the person. `find`: find the person. `invite`: put the person into groups. `direct`: be on the person's
    list at once; the conversations of others wait apart as requests."""

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


class ContactRequest(models.Model):
    """`sender` has asked `recipient` to be contacts of each other, in the second `asked_at`. `state`: see
    `chat.services.contact_requests`."""

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10)
    asked_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "recipient"], name="asked_contact_once")]

    def __str__(self) -> str:
        return f"{self.sender_id} asks {self.recipient_id}"


class Device(models.Model):
    """A device that its person has named. `acked_id`: it has received everything up to it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=64)
    acked_id = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_of_each_name")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class LogReader(models.Model):
    """Whoever follows the log at a pace of its own: it has read everything up to `cursor`. See
    `chat.readers.reader`."""

    name = models.CharField(max_length=32, primary_key=True)
    cursor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.cursor}"


class Pruned(models.Model):
    """Up to which row the log was pruned. `place`: the id of a group for which another number of days is set;
    0 for everything else. `upto_id` never falls. Rows under a legal hold are there all the same."""

    place = models.BigIntegerField(primary_key=True)
    upto_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.place or 'the log'} up to {self.upto_id}"


# That a row is no amendment, as the indexes `group_messages` and `unicast_messages` have it: SQLite takes one
# only for a statement that says the same with the same values.
NO_AMENDMENT = f"NOT ({{table}}.kind IN ({', '.join(map(repr, AMENDMENTS))}))"

# That it is a file, as the indexes `group_files` and `unicast_files` have it.
IS_FILE = f"{{table}}.kind IN ({', '.join(map(repr, FILE_KINDS))})"

# That a row is a message, for a query and in SQL. Kinds that this version does not know are messages too.
ARE_MESSAGES = ~models.Q(kind__in=NO_MESSAGES)
IS_MESSAGE = f"NOT ({{table}}.kind IN ({', '.join(map(repr, NO_MESSAGES))}))"

# That the person did not hide the message `{id}`, for the userid `{user}`; for a statement that reads many.
NOT_HIDDEN = (
    f"(SELECT COUNT(*) FROM {Hidden._meta.db_table} AS hidden"
    " WHERE hidden.user_id = {user} AND hidden.message_id = {id}) = 0"
)
