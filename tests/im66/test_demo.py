"""What a first visitor finds."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from chat.models import Message
from chat.protocol.extensions import is_readable
from tests.support.settings import override


@pytest.mark.django_db(transaction=True)
def test_its_messages_are_as_the_shipped_apps_send_them(settings: Settings, tmp_path: Path) -> None:
    override(settings, data_dir=tmp_path)
    call_command("demo", stdout=StringIO())
    extensions = Message.objects.exclude(kind="notice").values_list("extension", flat=True)
    assert len(extensions) == 5
    assert all(map(is_readable, extensions))
