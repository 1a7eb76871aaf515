"""What people keep about conversations and messages."""

from django.conf import settings
from django.db import models

from log.group_models import Group
from uploads.names import STEM_LENGTH


class Conversation(models.Model):
    """What a person keeps about a conversation: with a person, or in a group.

    Two people have one each as soon as one has written to the other. For a group there may be none yet.
    `read_id`: the person has read everything up to it. It never falls. `muted`: no notifications are wanted.
    `mentions_only`: otherwise, only those of messages that mention the person.
    `marked_unread`: the person has said so; reading ends it. `remark`: what the person calls the other.
    `removed_id`: it is off the person's list until something later is written. `cleared_id`: nothing up to
    it is shown to the person. `hidden_count`: how many of its messages the person has hidden. `request`: the
    other has begun it, and the person has neither written in it nor accepted it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    peer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False
    )
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="+", db_index=False)
    read_id = models.BigIntegerField(default=0, db_default=0)
    muted = models.BooleanField(default=False, db_default=False)
    mentions_only = models.BooleanField(default=False, db_default=False)
    pinned = models.BooleanField(default=False, db_default=False)
    archived = models.BooleanField(default=False, db_default=False)
    marked_unread = models.BooleanField(default=False, db_default=False)
    remark = models.CharField(max_length=64, default="", db_default="")
    draft = models.TextField(default="", db_default="")
    removed_id = models.BigIntegerField(default=0, db_default=0)
    cleared_id = models.BigIntegerField(default=0, db_default=0)
    request = models.BooleanField(default=False, db_default=False)
    hidden_count = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(peer=None) ^ models.Q(group=None), name="with_a_person_or_a_group"
            ),
            models.UniqueConstraint(
                fields=["user", "peer"], condition=models.Q(peer__isnull=False), name="one_with_each_peer"
            ),
            models.UniqueConstraint(
                fields=["user", "group"], condition=models.Q(group__isnull=False), name="one_in_each_group"
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "cleared_id"], condition=models.Q(cleared_id__gt=0), name="cleared_by_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} with {self.peer_id or self.group_id}"


class Hidden(models.Model):
    """The message `message_id` of the conversation, `u:<userid>` or `g:<groupid>`, is not shown to the person
    any more. The conversation is empty if the person has cleared it up to there since."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    # Not a foreign key, for the reason given for the target of Message.
    message_id = models.BigIntegerField(db_index=True)
    conversation = models.CharField(max_length=80)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "message_id"], name="hidden_once")]

    def __str__(self) -> str:
        return f"{self.message_id} is hidden from {self.user_id}"


class Star(models.Model):
    """The person has starred the message `message_id`, for themselves alone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    # Not a foreign key, for the reason given for the target of Message.
    message_id = models.BigIntegerField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "message_id"], name="starred_once")]

    def __str__(self) -> str:
        return f"{self.message_id} is starred by {self.user_id}"


class Sticker(models.Model):
    """A picture or an emotion that the person has saved to send it again, from the message `message_id`; if
    that is recalled, it is shown no more. `stem`: the first part of the name of a picture."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    content = models.CharField(max_length=300)
    stem = models.CharField(max_length=STEM_LENGTH, blank=True, db_index=True)
    # Not a foreign key, for the reason given for the target of Message.
    message_id = models.BigIntegerField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "content"], name="sticker_once")]

    def __str__(self) -> str:
        return f"{self.content} of {self.user_id}"


class Pin(models.Model):
    """The message `target` is pinned in its conversation: in the group, or that of `one` and `other`, in the
    order of their userids."""

    # Not a foreign key, for the reason given for that of Message.
    target = models.BigIntegerField(primary_key=True)
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="+", db_index=False)
    one = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False
    )
    other = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    pinned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["group"], condition=models.Q(group__isnull=False), name="pins_in_group"),
            models.Index(fields=["one", "other"], condition=models.Q(group=None), name="pins_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.target} pinned"
