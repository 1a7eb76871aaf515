"""Reports by people and rules to moderators."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.names.userids import MAX_LENGTH
from moderation.models.audit import REASON_LENGTH, TARGET_LENGTH

NOTE_LENGTH = 1000
TITLE_LENGTH = 60

CATEGORIES = (
    ("spam", "Spam"),
    ("abuse", "Insults or threats"),
    ("sexual", "Sexual content"),
    ("violence", "Violence"),
    ("illegal", "Something illegal"),
    ("other", "Something else"),
)

OPEN, CLAIMED, RESOLVED = "open", "claimed", "resolved"
STATES = ((OPEN, "Open"), (CLAIMED, "Claimed"), (RESOLVED, "Resolved"))

DISMISS, WARN, RECALL, MUTE, BAN, DISSOLVE = "dismiss", "warn", "recall", "mute", "ban", "dissolve"
OUTCOMES = (
    (DISMISS, "Dismissed"),
    (WARN, "Warned"),
    (RECALL, "Message recalled"),
    (MUTE, "Muted"),
    (BAN, "Banned"),
    (DISSOLVE, "Group dissolved"),
)
# A report that was resolved together with another one about the same person is no further strike.
STRIKE = Q(state=RESOLVED) & ~Q(outcome=DISMISS) & ~Q(about="") & Q(resolved_with__isnull=True)


class Report(models.Model):
    """What one or several people or rules have reported. Each target has at most one unresolved report.

    `target`: `m:<id>` of a message, `u:<userid>` or `g:<id>`. `about`: the author of the message, or the
    reported person; empty for a group. `category`: the most frequent one of `categories`, which counts them.
    `claimed_by`: the moderator, or the person on whose behalf a backend has claimed it. `resolved_by`: the
    actor's name in the audit log.
    `snapshot`: the content at the first complaint; see `moderation.reports.snapshots`. `earlier`: the
    previous, resolved report of the same target. `resolved_with`: the report about the same person with which
    it was resolved together; the two count as one strike.
    """

    target = models.CharField(max_length=TARGET_LENGTH)
    about = models.CharField(max_length=MAX_LENGTH, blank=True)
    category = models.CharField(max_length=10, choices=CATEGORIES)
    categories: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=STATES, default=OPEN)
    opened_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(auto_now_add=True)
    claimed_by = models.CharField(max_length=MAX_LENGTH + 8, blank=True)
    claimed_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=MAX_LENGTH + 8, blank=True)
    resolved_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)
    # All outcomes, if there are several; `outcome` is the gravest of them.
    outcomes: "models.JSONField[list[str] | None, list[str] | None]" = models.JSONField(null=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    snapshot: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    resolved_with = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=~Q(state=RESOLVED), name="one_unresolved_of_each_target"
            )
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="report_queue"),
            models.Index(
                fields=["-resolved_at", "-id"], condition=Q(resolved_at__isnull=False), name="report_resolved"
            ),
            models.Index(fields=["target", "-id"], name="report_of_target"),
            models.Index(fields=["about", "-id"], name="report_about"),
            models.Index(fields=["about"], condition=STRIKE, name="report_strikes"),
        ]

    def __str__(self) -> str:
        return f"report {self.pk} of {self.target}"

    @property
    def came_of_it(self) -> list[str]:
        """All outcomes; empty until it is resolved."""
        return self.outcomes or ([self.outcome] if self.outcome else [])


class Complaint(models.Model):
    """A complaint by one person or one rule: at most one of each in a report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="complaints", db_index=False)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Not a foreign key: a rule may be removed.
    rule = models.BigIntegerField(null=True)
    category = models.CharField(max_length=10, choices=CATEGORIES)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(reporter=None) ^ Q(rule=None), name="reported_by_a_person_or_a_rule"
            ),
            models.UniqueConstraint(
                fields=["report", "reporter"], condition=Q(reporter__isnull=False), name="once_by_each_person"
            ),
            models.UniqueConstraint(
                fields=["report", "rule"], condition=Q(rule__isnull=False), name="once_by_each_rule"
            ),
        ]
        indexes = [
            models.Index(fields=["report", "id"], name="complaint_of_report"),
            models.Index(
                fields=["reporter", "-id"], condition=Q(reporter__isnull=False), name="complaint_by_person"
            ),
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk}"


class ReportNote(models.Model):
    """A moderator's note on a report for other moderators. `author`: the actor's name in the audit log."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="notes", db_index=False)
    author = models.CharField(max_length=MAX_LENGTH + 8)
    text = models.CharField(max_length=NOTE_LENGTH)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["report", "id"], name="note_of_report")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class ReportMail(models.Model):
    """A pending mail about a report to a recipient. It is deleted once the mail is sent.

    All rows of a recipient go into one mail when the first row is due. `due_at` of the first row is also the
    claim of the sending process: no other process sends before it.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="+", db_index=False)
    recipient = models.CharField(max_length=254)
    made_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["recipient", "id"], name="mail_to_recipient"),
            models.Index(fields=["report"], name="mail_of_report"),
        ]

    def __str__(self) -> str:
        return f"mail of report {self.report_id}"


class ReasonTemplate(models.Model):
    """A frequent reason, written by administrators. `place`: sort key of its button."""

    title = models.CharField(max_length=TITLE_LENGTH, help_text="The label of the button.")
    text = models.TextField(
        max_length=REASON_LENGTH, help_text="The text that the button inserts as the reason."
    )
    place = models.PositiveSmallIntegerField(
        default=0, help_text="Smaller ones come first, then in the order of the alphabet."
    )

    class Meta:
        default_permissions = ()
        verbose_name = "reason template"
        verbose_name_plural = "reason templates"
        ordering = ["place", "title", "pk"]

    def __str__(self) -> str:
        return self.title
