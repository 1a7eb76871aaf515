"""What people are called, learned from the extensions of their messages."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.services import ensure_users, set_account_status, set_profile
from chat.naming import read_naming
from chat.protocol.extensions import filled, sender_in
from chat.readers.profiles import Profiles
from chat.readers.reader import step
from groups.own import set_nickname
from groups.services import create_group
from log.appending import Draft, append
from log.positions import last_id
from tests.support.corpus import NAMES, packed
from tests.support.settings import override

BOB, NUMBER = "bob", "1000001653"
PICTURE = "http://img.example/avatar/1.jpg"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def people(settings: Settings) -> None:
    override(settings, legacy_extension="fill")
    ensure_users([BOB, NUMBER])


def say(name: object, picture: object = PICTURE, sender: str = NUMBER) -> None:
    write(packed({**NAMES, "sender": name, "senderAvartar": picture}), sender)


def write(extension: str, sender: str = NUMBER) -> None:
    append([Draft("text", sender, BOB, "hello", extension)])


def learn(reader: Profiles | None = None) -> tuple[str, str]:
    """What the person is called then."""
    reader = reader or Profiles()
    while (step(reader) or 0) < last_id():
        pass
    person = User.objects.get(pk=NUMBER)
    return person.nickname, person.avatar


def test_name_and_picture_are_learned_from_an_extension() -> None:
    say("段思琪")
    assert learn() == ("段思琪", PICTURE)


@pytest.mark.parametrize("steps", [1, 2])
def test_the_last_one_counts(steps: int) -> None:
    reader = Profiles()
    say("first")
    if steps == 2:
        assert learn(reader) == ("first", PICTURE)
    say("second", "http://img.example/2.jpg")
    assert learn(reader) == ("second", "http://img.example/2.jpg")


@pytest.mark.parametrize(
    ("name", "picture", "learned"),
    [
        ("Ada", None, ("Ada", "")),
        ("Ada", "", ("Ada", "")),
        (" Ada ", PICTURE, ("Ada", PICTURE)),
        ("Ada", "www.baidu.com", ("Ada", "")),
        ("Ada", "javascript:alert(1)", ("Ada", "")),
        ("Ada", "http://h/a b.jpg", ("Ada", "")),
        ("Ada", f"http://h/{'a' * 500}", ("Ada", "")),
        ("Ada", "http://testserver/static/im66/avatar.png", ("Ada", "")),
        ("Ada", 7, ("Ada", "")),
        ("", PICTURE, ("", "")),
        (None, PICTURE, ("", "")),
        (7, PICTURE, ("", "")),
        (NUMBER, PICTURE, ("", "")),
        ("a" * 101, PICTURE, ("", "")),
        ("a\u202eb", PICTURE, ("", "")),
        ("a\nb", PICTURE, ("", "")),
    ],
)
def test_only_showable_names_and_pictures_are_learned(
    name: object, picture: object, learned: tuple[str, str]
) -> None:
    say(name, picture)
    assert learn() == learned


@pytest.mark.parametrize("extension", ["", "ext", "====", packed([]), packed({"sender": "x" * 5000})])
def test_other_extensions_say_nothing(extension: str) -> None:
    write(extension)
    assert learn() == ("", "")


def test_extension_filled_in_by_the_server_teaches_nothing() -> None:
    say("Ada", "")
    assert learn() == ("Ada", "")
    write(filled("", read_naming(NUMBER, BOB, "http://testserver")))
    assert learn() == ("Ada", "")


def test_a_nickname_of_a_group_is_no_name_elsewhere() -> None:
    group = create_group(BOB, [NUMBER], "Tea")
    set_nickname(group.pk, NUMBER, "Host")
    extension = filled("", read_naming(NUMBER, group.pk, "http://testserver"))
    assert sender_in(extension)[0] == "Host"
    append([Draft("text", NUMBER, group.pk, "hello", extension)])
    assert learn() == ("", "")


@pytest.mark.parametrize(("nickname", "avatar"), [("Ada", None), (None, PICTURE), ("Ada", PICTURE), ("", "")])
@pytest.mark.parametrize("is_learned_before", [False, True])
def test_profile_set_by_the_person_is_not_overwritten(
    nickname: str | None, avatar: str | None, is_learned_before: bool
) -> None:
    if is_learned_before:
        say("before")
        learn()
    set_profile(NUMBER, nickname, avatar)
    person = User.objects.get(pk=NUMBER)
    say("later", "http://img.example/2.jpg")
    assert learn() == (person.nickname, person.avatar)


def test_imported_name_is_not_overwritten() -> None:
    User.objects.filter(pk=NUMBER).update(nickname="段思琪")
    say("later")
    assert learn() == ("段思琪", "")


def test_banned_or_erased_person_is_not_learned() -> None:
    say("Ada")
    set_account_status(NUMBER, banned=True)
    assert learn() == ("", "")


def test_profile_of_a_rolled_back_step_is_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Profiles()
    say("Ada")
    with monkeypatch.context() as patch:
        patch.setattr("chat.readers.profiles.learn", _fail)
        with pytest.raises(OSError, match="no"):
            step(reader)
    assert learn(reader) == ("Ada", PICTURE)


def _fail(_: object) -> None:
    raise OSError("no")


def test_extensions_are_not_read_when_the_setting_is_keep(settings: Settings) -> None:
    override(settings, legacy_extension="keep")
    say("Ada")
    assert learn() == ("", "")
