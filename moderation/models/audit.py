"""Permissions of staff, the audit log, the daily notes about API keys, and the last addresses of people."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from accounts.names.userids import MAX_LENGTH

ACTION_LENGTH = 40
TARGET_LENGTH = 80
REASON_LENGTH = 1000
ADDRESS_LENGTH = 64

PERMISSIONS: tuple[tuple[str, str], ...] = (
    ("read_desk", "Can read the desk"),
    ("act_on_people", "Can mute, ban, warn and disconnect people"),
    ("act_on_groups", "Can moderate groups"),
    ("act_on_messages", "Can recall, restore and erase messages"),
    ("handle_reports", "Can handle reports"),
    ("change_rules", "Can change rules"),
    ("read_private", "Can read private conversations, for a reason"),
    ("see_reporters", "Can see who has reported"),
    ("view_audit", "Can read the audit log"),
    ("export_audit", "Can export the audit log"),
    ("view_status", "Can read what is wrong with the server"),
)


class Role(Group):
    """Django's group of permissions under another name, because groups are chat groups here."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "role"
        verbose_name_plural = "roles"


class AuditEntry(models.Model):
    """One decision, or one refused attempt. Entries are only added, by `moderation.audit`; triggers of the
    database reject changes and deletions.

    `actor`: the userid as text, so that the entry survives changes of the person; `key:<id>` of a backend,
    `rule:<id>` of a rule, `/manage.py` of an operator's command. `acted_for`: the person on whose behalf a
    backend says to have acted. `target`: `u:<userid>`, `g:<id>`, `m:<id>`, `r:<id>` of a report, `rule:<id>`,
    `key:<id>`, `endpoint:<id>` or `invitation:<id>`. `peer`: for a private read, the person of the
    conversation who is not the target.
    `log_id`: the row of the log that the action has written, if any. `details`: other data to show or undo
    the action.
    """

    time = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=MAX_LENGTH + 8)
    # NULL where it does not apply, so that the partial index contains only entries that have it.
    acted_for = models.CharField(max_length=MAX_LENGTH, null=True)  # noqa: DJ001
    action = models.CharField(max_length=ACTION_LENGTH)
    target = models.CharField(max_length=TARGET_LENGTH, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    address = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    log_id = models.BigIntegerField(null=True)
    # NULL for the same reason.
    peer = models.CharField(max_length=MAX_LENGTH, null=True)  # noqa: DJ001
    details: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        ordering = ["-id"]
        default_permissions = ()
        # So that `flush`, which tests call too, does not empty the table. On SQLite, Django changes a table
        # by copying it without its triggers: a migration that changes this one must create them again.
        managed = False
        permissions = PERMISSIONS
        indexes = [
            models.Index(fields=["time"], name="audit_at"),
            models.Index(fields=["target", "-id"], name="audit_of_target"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["action", "-id"], name="audit_of_action"),
            models.Index(
                fields=["acted_for", "-id"],
                condition=models.Q(acted_for__isnull=False),
                name="audit_on_behalf_of",
            ),
            models.Index(
                fields=["peer", "-id"], condition=models.Q(peer__isnull=False), name="audit_read_with"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


# Either two userids with a line break between them, or an address.
SUBJECT_LENGTH = 160


class KeyUse(models.Model):
    """Notes that the audit log has an entry for this key, day (in UTC) and subject: the address it was used
    from, or the conversation that was read. Rows of past days are deleted."""

    day = models.DateField()
    key = models.CharField(max_length=16)
    subject = models.CharField(max_length=SUBJECT_LENGTH)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "key", "subject"], name="noted_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key} on {self.day}"


class LastAddress(models.Model):
    """An address from which a person logged in on a socket, with the times of the first and the last
    login."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=ADDRESS_LENGTH)
    first_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="once_for_each_address")]
        indexes = [models.Index(fields=["address", "-seen_at"], name="who_came_from_address")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.address}"
