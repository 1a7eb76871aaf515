"""Each login of a person gets the person's next number, on whatever process."""

import pytest

from accounts.services import ensure_users
from chat.login_numbers import NumberedLogin, number_logins, numbers_on_other_processes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> None:
    ensure_users(["alice", "bob", "charlie"])


def test_each_login_gets_the_next_number_and_the_process_before() -> None:
    assert number_logins(["bob"], "here") == {"bob": NumberedLogin(1, "")}
    assert number_logins(["bob", "alice"], "there") == {
        "bob": NumberedLogin(2, "here"),
        "alice": NumberedLogin(1, ""),
    }
    assert number_logins(["bob"], "there") == {"bob": NumberedLogin(3, "there")}


def test_each_process_learns_of_the_logins_on_the_others() -> None:
    number_logins(["alice", "bob"], "here")
    number_logins(["bob", "charlie"], "there")
    assert numbers_on_other_processes(["alice", "bob"], "here") == {"bob": 2}
    assert numbers_on_other_processes(["alice", "bob"], "there") == {"alice": 1}


def test_many_people_at_once() -> None:
    crowd = [f"user{number}" for number in range(1000)]
    ensure_users(crowd)
    assert set(number_logins(crowd, "here").values()) == {NumberedLogin(1, "")}
    assert set(number_logins(crowd, "there").values()) == {NumberedLogin(2, "here")}
    assert numbers_on_other_processes(crowd, "here") == dict.fromkeys(crowd, 2)
    assert number_logins([], "here") == {}
    assert numbers_on_other_processes([], "here") == {}
