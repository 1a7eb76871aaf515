"""What an erasure would take."""

import pytest

import chat.services.erasing
from accounts.models import User
from keeping.erasing import people


@pytest.mark.django_db
def test_erase_plan_counts_no_files_for_hex_digits_in_text(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("alice")
    monkeypatch.setattr(chat.services.erasing, "written_file_stems", lambda _: {"a" * 32})
    assert people.plan("alice").files == 0
