"""A place with people, a message and media, whose backups are made in this process."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import User
from groups import services
from keeping.backups import making
from keeping.backups.checking import Checked
from keeping.backups.progress import unseen
from log.models import Group
from tests.support.groups import ALICE, BOB, NAME

# The names that the storage would give them.
VOICE, PICTURE = f"{'a' * 32}-3.mp3", f"{'b' * 32}-1x1.jpg"


def back_up(target: Path) -> Checked:
    return making.back_up(target, "1.2.3", unseen)


def verify(target: Path) -> Checked:
    with target.open("rb") as file:
        return making.verify(file, target.stat().st_size, unseen)


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / VOICE).write_bytes(b"voice" * 1000)
    (folder / PICTURE).write_bytes(b"picture" * 100_000)
    monkeypatch.setattr(settings, "MEDIA_ROOT", folder)
    return folder


@pytest.fixture
def place(transactional_db: None, media: Path) -> Group:
    User.objects.create(pk=ALICE)
    return services.create_group(ALICE, [BOB], NAME)
