"""Rules: what happens to texts that match."""

from django.db import models
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.names.userids import MAX_LENGTH
from log.models import Group

PATTERN_LENGTH = 1000
NOTE_LENGTH = 200

MATCHES = (
    ("literal", gettext_lazy("Words, also inside of others")),
    ("word", gettext_lazy("Whole words")),
    ("re2", gettext_lazy("Regular expression (RE2)")),
    ("host", gettext_lazy("Links to a host")),
)
EFFECTS = (
    ("block", pgettext_lazy("rule", "Block")),
    ("hold", gettext_lazy("Hold for review")),
    ("mask", gettext_lazy("Mask")),
    ("flag", gettext_lazy("Flag")),
)
SCOPES = (
    ("everywhere", pgettext_lazy("rule", "Everywhere")),
    ("persons", gettext_lazy("Between two people")),
    ("groups", gettext_lazy("In all groups")),
    ("group", gettext_lazy("In one group")),
)


class Rule(models.Model):
    """A rule. `group`: only for the scope of one group. `made_by`: the actor's name in the audit log. `hits`:
    how many texts it was applied to, updated every few seconds. Only `moderation.rules` writes rules."""

    pattern = models.CharField(max_length=PATTERN_LENGTH)
    match = models.CharField(max_length=10, choices=MATCHES, default="literal")
    effect = models.CharField(max_length=10, choices=EFFECTS, default="block")
    scope = models.CharField(max_length=10, choices=SCOPES, default="everywhere")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    is_active = models.BooleanField(default=True)
    hits = models.BigIntegerField(default=0)
    last_hit_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=MAX_LENGTH + 8)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope="group") ^ models.Q(group=None), name="a_group_for_the_scope_of_one"
            )
        ]

    def __str__(self) -> str:
        return f"rule {self.pk}"
