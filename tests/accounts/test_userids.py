"""What a userid is, and that it survives wherever it travels."""

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User, validate_userid
from accounts.names.normalizing import plain
from accounts.names.unseen import is_visible, without_bidi_controls, without_unseen
from accounts.names.userids import is_userid, may_be_chosen

PRINTABLE = st.characters(exclude_categories=["C", "Z"], exclude_characters="_,/")
USERIDS = st.text(PRINTABLE, min_size=1, max_size=64)
FORBIDDEN = st.one_of(st.sampled_from("_,/ "), st.characters(categories=["C", "Z"]))


def test_usual_userids_are_valid() -> None:
    in_letters = ["1000001653", "alice", "老板六六", "é", "x" * 64, "群" * 64]
    with_signs = ["👍🏽", "o'brien", "a@b.example", "a-b", "a:b", "<b>", "~!#$%^&*()+="]
    for userid in in_letters + with_signs:
        assert is_userid(userid), userid
        validate_userid(userid)


@pytest.mark.promise("ids-1")
def test_invalid_userids_rejected() -> None:
    forbidden = ["_", "a_b", "a,b", "a/b"]
    blank = [" ", "a b", " a", "a ", "a\tb", "a\n", "a\u00a0b", "a\u3000b", "a\u2028"]
    unseen = ["a\0", "a\x7f", "a\u200bb", "\ufeffa", "\ud800", "\ue000"]
    for userid in ["", *forbidden, *blank, *unseen, "x" * 65]:
        assert not is_userid(userid), userid
        with pytest.raises(ValidationError, match="A userid is 1 to 64 printable characters"):
            validate_userid(userid)


def test_no_name_has_what_is_not_seen() -> None:
    seen = ["Ann", "安娜", "❤️", "👨\u200d👩\u200d👧", "1️⃣", "می\u200cخواهم", "Zoë", "עברית", ""]
    assert [name for name in seen if without_unseen(name) != name] == []
    for sign in "\u202a\u202e\u2066\u2069\u200b\u200d\ufe0f\u2060\u3164\u2800\u00ad\u200f\ufeff":
        assert without_unseen(f"Ann{sign}") == "Ann"
        assert not is_visible(f"Ann{sign}")
    assert without_bidi_controls("a\u202eb\n\u200fc") == "ab\n\u200fc"


@given(USERIDS)
def test_printable_text_is_userid(userid: str) -> None:
    assert is_userid(userid)


@given(USERIDS.filter(lambda text: len(text) < 64), FORBIDDEN, st.data())
def test_forbidden_character_invalidates_userid(userid: str, forbidden: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(userid)))
    assert not is_userid(userid[:place] + forbidden + userid[place:])


@given(st.text(max_size=70))
def test_userid_survives_separators_and_encoding(text: str) -> None:
    if is_userid(text):
        assert f"login_{text}".split("_") == ["login", text]
        assert f"{text},{text}".split(",") == [text, text]
        assert f" {text}\n".split() == [text]
        assert f"/{text}/".split("/") == ["", text, ""]
        assert f"{text}\n{text}".splitlines() == [text, text]
        assert text.encode().decode() == text


@pytest.mark.django_db
def test_a_userid_is_kept_as_it_is() -> None:
    for userid in ("Alice", "alice", "é", "e\u0301"):
        User.objects.create_user(userid)
    assert set(User.objects.values_list("pk", flat=True)) == {"Alice", "alice", "é", "e\u0301"}


@pytest.mark.django_db
def test_invalid_userid_creates_no_one() -> None:
    for create in (User.objects.create_user, User.objects.create_superuser):
        with pytest.raises(ValidationError):
            create("a_b")
    assert not User.objects.exists()


# Which ones people may give themselves.


@pytest.mark.parametrize("userid", ["alice", "a.b-c", "1000001653", "老板六六", "ärger", "иван", "x" * 64])
def test_choosable_userids(userid: str) -> None:
    assert may_be_chosen(userid)


def test_unchoosable_userids() -> None:
    for userid in ("", ".", "..", "-a", "a_b", "a b", "<b>", "é\u0332", "👍", "x" * 65):
        assert not may_be_chosen(userid), userid
        assert not may_be_chosen(plain(userid)), userid


@pytest.mark.parametrize("userid", ["Alice", "Ａlice", "ﬁsh", "straße", "a\u0308rger"])
def test_choosable_userid_has_plain_spelling(userid: str) -> None:
    assert not may_be_chosen(userid)
    assert may_be_chosen(plain(userid))


@given(st.text(max_size=70))
def test_plain_spelling_is_stable(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert plain(unicodedata.normalize("NFD", text)) == plain(text)
    assert plain(text.casefold()) == plain(text)


def test_choosable_letters_are_visible() -> None:
    chosen = [letter for letter in map(chr, range(sys.maxunicode + 1)) if may_be_chosen(letter)]
    assert len(chosen) > 100_000
    names = (unicodedata.name(letter, "") for letter in chosen)
    assert not [name for name in names if {"FILLER", "BLANK", "INVISIBLE"}.intersection(name.split())]
