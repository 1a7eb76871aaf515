"""Groups on an installation that has no chat."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.server import ROOT, Server

ABOVE = ("chat", "moderation", "notifications", "keeping", "firstserver", "web", "im66")
SCRIPT = f"""
import json, sys
from django.conf import settings
settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app.split(".")[0] not in {ABOVE}]
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.services import ensure_users
from groups import editing, services
from log.models import Message
ensure_users(["alice", "bob"])
group = services.create_group("alice", [], "Friends")
services.add_members(group.pk, ["bob"], by="alice")
editing.edit_group(group.pk, name="Others", by="alice")
services.leave(group.pk, "bob")
assert "chat" not in sys.modules
print(json.dumps([json.loads(content) for content in Message.objects.values_list("content", flat=True)]))
"""


@pytest.mark.slow
def test_groups_change_and_keep_their_log_without_chat(tmp_path: Path) -> None:
    environment = Server(tmp_path).environment | {"DJANGO_SETTINGS_MODULE": "im66.settings"}
    run = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(run, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert json.loads(done.stdout) == [
        {"joined": ["alice"], "left": []},
        {"joined": ["bob"], "left": [], "by": "alice"},
        {"by": "alice", "changed": {"name": "Others"}},
        {"joined": [], "left": ["bob"], "by": "bob"},
    ]
