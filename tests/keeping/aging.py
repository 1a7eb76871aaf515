"""A log with old rows and new ones."""

import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.services import ensure_users
from chat.readers.reader import registered, step
from groups import services
from log.appending import Draft, append
from log.log_end import dated
from log.models import Group, Message
from log.rows import LogId, Recipient
from tests.support.groups import ALICE, BOB, CHARLIE, NAME
from tests.support.moderators import empty_audit_log
from uploads.models import StoredFile

DAY = 24 * 3600


def write(sender: str, to: Recipient, content: str, *, days: float = 0) -> LogId:
    """A text that was sent so many days ago, unless the log has later rows already."""
    with dated(int(time.time() - days * DAY)):
        return append([Draft("text", sender, to, content, "")]).batch.last


def follow() -> None:
    """Whoever reads the log has read all of it."""
    for reader in registered():
        at: LogId | None = None
        while (now := step(reader)) != at:
            at = now


def pruned(*arguments: str) -> str:
    """What the command says."""
    follow()
    out = StringIO()
    call_command("prune", *arguments, stdout=out)
    return out.getvalue()


def contents() -> list[str]:
    return list(Message.objects.filter(kind="text").order_by("id").values_list("content", flat=True))


def stored(name: str, *, days: float = 0) -> str:
    """A file that was uploaded so many days ago; the name that messages have."""
    used_at = timezone.now() - timedelta(days=days)
    StoredFile.objects.create(stem=name.partition("-")[0], name=name, used_at=used_at)
    return f"http://chat.example/media/{name}"


def make_group(name: str = NAME) -> Group:
    """It was made 100 days ago. Alice owns it, Bob is a member, Charlie is outside."""
    with dated(int(time.time()) - 100 * DAY):
        return services.create_group(ALICE, [BOB], name)


@pytest.fixture
def group(transactional_db: None) -> Group:
    empty_audit_log()
    ensure_users([ALICE, BOB, CHARLIE])
    return make_group()
