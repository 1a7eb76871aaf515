"""What a database has that is moved: something in most tables, and texts that a careless copy would change.

Run in a process that has the settings and the database.
"""

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from chat.delivery.cluster.installation import installation_key
from chat.readers.search_index import catch_up
from groups.services import create_group, leave
from log.appending import append
from log.drafts import Draft
from log.models import HeldMessage, Message
from log.positions import last_id
from moderation import audit
from moderation.models.reports import RESOLVED, Report
from moderation.reports import filing
from uploads.models import FailedAttempt

ALICE, BOB = "alice", "bob"
# In the order of code points, which is not that of a language.
PEOPLE = ["Zoë", "a.b", "alice2", "Ámi", "李雷", "Æ", "zoe", "ZOE", "é", "\U00010348", "\uffee"]
TEXTS = [
    "tab\tnew\nline\rreturn",
    r"\N", r"\.", "\\", "\\\\N\\t", "''\"", "%s %(x)s {}", " ", " spaces ", "\u2028\u0085\u200b\ufeff",
    "👩‍👩‍👧‍👦 𐍈 é e\u0301", "مرحبا", "\x01\x1f\x7f", "x" * 60_000, "李雷和韩梅梅", "null", "NaN", "1e5",
]  # fmt: skip
MANY = 1000


def fill() -> None:
    """Everything, some of it written in ways of its own."""
    installation_key()
    operator = User.objects.create_superuser("operator", "correct horse battery")
    for userid in (ALICE, BOB, *PEOPLE):
        User.objects.create(pk=userid, nickname=f"«{userid}»")
    _write()
    _keep_house(operator)
    for _ in catch_up(last_id()):
        pass
    # Its number is not given again.
    Message.objects.order_by("-pk")[:1].get().delete()


def _write() -> None:
    group = create_group(ALICE, [BOB, *PEOPLE], "a\\b\t群")
    for at in range(0, MANY, 100):
        append([Draft("text", ALICE, BOB, f"message {number}", "{}") for number in range(at, at + 100)])
    append([Draft("text", BOB, group.pk, text, text, cid=f"cid-{at}") for at, text in enumerate(TEXTS)])
    append([Draft("text", BOB, ALICE, "the last one", "")])
    leave(group.pk, PEOPLE[0])
    place = Message.objects.filter(recipient=ALICE).latest("pk").pk + 1
    HeldMessage.objects.create(
        pk=place, sender_id=BOB, recipient_id=ALICE, content=TEXTS[0], timet=1,
        amendments=[{"id": 2**53, "kind": "edit", "content": "\\u0000 \t", "is_on": True, "b": 1.5}],
    )  # fmt: skip


def _keep_house(operator: User) -> None:
    operator.groups.add(Role.objects.all()[0])
    operator.user_permissions.add(*Permission.objects.all()[:3])
    session = SessionStore()
    session["note"] = TEXTS[0]
    session.save()
    LogEntry.objects.create(
        user=operator, content_type=ContentType.objects.get_for_model(User), object_id=ALICE,
        object_repr=ALICE, action_flag=ADDITION, change_message="[]",
    )  # fmt: skip
    FailedAttempt.objects.create(
        key="k", kind="k", reason="r", text=TEXTS[0], numbers={"z": [1, 2.0, None], "a": "\t"}, passing=False
    )
    report = filing.file_report(BOB, f"u:{ALICE}", "abuse", TEXTS[0])
    Report.objects.filter(pk=report.pk).update(state=RESOLVED)
    filing.file_report(BOB, f"u:{ALICE}", "abuse", "again")
    audit.record(_Operator(), "person.mute", f"u:{ALICE}", TEXTS[0], whole=1.0, text=TEXTS[1])


class _Operator:
    name, address, acts_for = "operator", "127.0.0.1", ""
