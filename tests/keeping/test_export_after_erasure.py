"""Of whoever was erased, the exports of others have nothing left, and their own says no more."""

from pathlib import Path

import pytest

from accounts.models import User
from groups import services
from keeping.acting import COMMAND
from keeping.backups.progress import unseen
from keeping.erasing.people import erase_person
from keeping.exporting import making
from log.models import Group
from tests.keeping.exported import Exported
from tests.support import moderators
from tests.support.groups import ALICE, BOB, NAME
from tests.support.reports import amend, write


@pytest.fixture
def group(transactional_db: None) -> Group:
    moderators.empty_audit_log()
    return services.create_group(ALICE, [BOB], NAME)


def export(userid: str, folder: Path) -> Exported:
    target = folder / f"{userid}.zip"
    making.export(userid, target, "1.2.3", unseen, "why")
    return Exported(target)


def test_exports_contain_nothing_of_erased_person(group: Group, tmp_path: Path) -> None:
    User.objects.filter(pk=BOB).update(nickname="Bobby Tables")
    question = write(ALICE, BOB, "well?")
    answer = write(BOB, ALICE, "drop it")
    amend("edit", BOB, ALICE, answer, "drop all")
    amend("reaction", BOB, ALICE, question, "🦖")
    write(BOB, group.pk, "drop the group")
    erase_person(BOB, COMMAND, "asked for it", unseen)
    for userid in (ALICE, BOB):
        archive = export(userid, tmp_path)
        for word in ("Bobby", "drop", "🦖"):
            assert word not in archive.everything
    assert "well?" in export_again(tmp_path).contents("u:bob")


def export_again(folder: Path) -> Exported:
    return Exported(folder / f"{ALICE}.zip")
