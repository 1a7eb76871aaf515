"""Each version in the changelog says first what operators must do."""

import re
from datetime import UTC, date, datetime

from packaging.version import Version

import im66
from testkit.releasing.version import OPERATORS, UNRELEASED, sections
from testkit.server import ROOT
from tests.upgrade.test_rolling_upgrade import ALLOWED, MEANWHILE

TEXT = (ROOT / "CHANGELOG.md").read_text()
SECTIONS = sections(TEXT)
NEWEST = SECTIONS[0]


def test_changelog_headings_are_versions_with_dates() -> None:
    assert TEXT.startswith("# Changelog\n")
    assert len(re.findall(r"^## ", TEXT, re.MULTILINE)) == len(SECTIONS) > 0


def test_changelog_sections_have_operator_steps_and_news() -> None:
    for section in SECTIONS:
        assert list(section.parts) == [OPERATORS, "What is new"], section.version
        assert all(section.parts.values()), section.version


def test_only_the_newest_changelog_section_is_unreleased() -> None:
    for section in SECTIONS:
        if section.date == UNRELEASED:
            assert section is NEWEST
        else:
            assert date.fromisoformat(section.date) <= datetime.now(UTC).date(), section.version


def test_changelog_lists_the_newest_version_first() -> None:
    versions = [Version(section.version) for section in SECTIONS]
    assert versions == sorted(set(versions), reverse=True)


def test_package_has_the_last_released_version_of_the_changelog() -> None:
    """What comes next has a section before it has its version, which is written when it is released."""
    released = [section.version for section in SECTIONS if section.date != UNRELEASED]
    assert im66.__version__ == (released or [NEWEST.version])[0]


def test_changelog_names_existing_settings() -> None:
    named = set(re.findall(r"`(IM66_\w+)", NEWEST.parts[OPERATORS]))
    known = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in named if f"`{name}" not in known] == []


def test_changelog_names_existing_migrations() -> None:
    named = re.findall(r"`(\w+)\.(\d{4}_\w+)`", TEXT)
    assert [name for app, name in named if not (ROOT / app / "migrations" / f"{name}.py").exists()] == []


def test_changelog_names_blocking_migrations() -> None:
    waited_for = {migration for (migration, _), reason in ALLOWED.items() if reason == MEANWHILE}
    assert [name for name in waited_for if f"`{name}`" not in TEXT] == []
