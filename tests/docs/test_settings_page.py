"""The settings, on the page and in the README of each language."""

from tests.docs.settings_tables import FIRST, LANGUAGES, ROOT, UNWRITTEN, rendered


def test_settings_pages_match_the_code() -> None:
    stale = [
        name
        for language in LANGUAGES
        for name, text in rendered(language).items()
        if text != (ROOT / name).read_text()
    ]
    assert stale == [], "run python -m tests.docs.settings_tables"


def test_settings_page_has_all_settings_and_readme_the_first() -> None:
    for language in LANGUAGES:
        page, readme = rendered(language).values()
        assert "- `IM66_DESK_USERID`" in page
        assert "| `IM66_DESK_USERID` |" not in readme
        assert [name for name in FIRST if f"| `{name}` |" not in readme] == []


def test_settings_page_explains_each_setting() -> None:
    for language in LANGUAGES:
        assert f"{language.line[-1]}{UNWRITTEN}\n" not in (ROOT / language.page).read_text()
