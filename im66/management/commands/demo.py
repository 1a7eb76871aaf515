"""`manage.py demo`: people, a group, a little history and an admin, for a first visitor to meet."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import User
from accounts.services import ensure_users, is_open
from chat.log import Draft, append
from chat.protocol.extensions import Naming, filled
from chat.protocol.rows import Recipient
from groups.models import Group
from groups.services import create_group
from im66.startup import require_tables

NICKNAMES = {"alice": "Alice", "bob": "Bob", "charlie": "Charlie", "xiaoming": "小明"}
GROUP_NAME = "六六聊天群"
ADMIN = "admin"

WELCOME = """
im66 demo
  people  {people}; group {group} is {group_name}
  admin   at /admin/, userid {admin}, {password}

{mode}
"""
OPEN_MODE = "Open mode: the server believes every userid. Use it only for demos and in closed networks."
TOKEN_MODE = "Token mode: log in with what `manage.py issuetoken alice` prints."


class Command(BaseCommand):
    help = "Make the people, the group and the admin of a demo, and say who they are. May be repeated."

    def handle(self, **options: Any) -> None:
        require_tables()
        group = _group() or _make_demo()
        self.stdout.write(
            WELCOME.format(
                admin=ADMIN,
                password=_admin_password(settings.IM66.data_dir / "admin-password"),
                people=", ".join(NICKNAMES),
                group=group.pk,
                group_name=GROUP_NAME,
                mode=OPEN_MODE if is_open() else TOKEN_MODE,
            )
        )


def _group() -> Group | None:
    return Group.objects.filter(creator="alice", name=GROUP_NAME).first()


def _make_demo() -> Group:
    ensure_users(NICKNAMES)
    for userid, nickname in NICKNAMES.items():
        User.objects.filter(pk=userid, nickname="").update(nickname=nickname)
    with transaction.atomic():
        group = create_group("alice", ["bob", "xiaoming"], GROUP_NAME)
        append(_history(group.pk))
    return group


def _history(group_id: int) -> list[Draft]:
    said: list[tuple[str, Recipient, str]] = [
        ("alice", group_id, "Welcome to the group. 欢迎!"),
        ("xiaoming", group_id, "大家好"),
        ("bob", group_id, "Hi all 👋"),
        ("alice", "bob", "Lunch at noon?"),
        ("bob", "alice", "Sure, see you there."),
    ]
    return [Draft("text", sender, to, content, _extension(sender, to)) for sender, to, content in said]


def _extension(sender: str, to: Recipient) -> str:
    name = NICKNAMES[sender]
    return filled("", Naming(name, sender, None, name if isinstance(to, str) else GROUP_NAME, None))


def _admin_password(kept_in: Path) -> str:
    """The text about the admin's password. The password is made once, and kept where only the operator can
    read it."""
    if not User.objects.filter(pk=ADMIN).exists():
        password = secrets.token_urlsafe(12)
        kept_in.touch(mode=0o600)
        kept_in.write_text(password)
        User.objects.create_superuser(ADMIN, password)
    if kept_in.exists():
        return f"password {kept_in.read_text()} (kept in {kept_in})"
    return "with the password it was given"
