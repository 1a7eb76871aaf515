"""What the shipped apps call people whose userids have signs in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.names.aliases import alias_of, is_alias, userid_of
from accounts.names.userids import is_userid

userids = st.text(min_size=1, max_size=64).filter(is_userid)
# Of what aliases are made of.
alike = st.from_regex(r"im66u[a-z2-7=A-Z_]{0,40}", fullmatch=True)


def test_an_alias_and_its_userid_name_each_other() -> None:
    alias = alias_of("im66-desk")
    assert alias == "im66unfwtmnrnmrsxg2y"
    assert userid_of(alias) == "im66-desk"


@pytest.mark.parametrize("userid", ["alice", "1000001653", "张三", "im66u", "im66unfwtmnrnmrsxg2"])
def test_plain_userid_has_no_alias(userid: str) -> None:
    assert alias_of(userid) == userid_of(userid) == userid
    assert not is_alias(userid)


@given(userids | st.sampled_from(["a.b", "o'brien", "😀" * 64]) | userids.map(alias_of).filter(is_userid))
def test_the_apps_can_bear_it_and_it_leads_back(userid: str) -> None:
    alias = alias_of(userid)
    assert alias.isalnum()
    assert userid_of(alias) == userid


@given(st.lists(userids | alike.filter(is_userid), unique=True, max_size=20))
def test_aliases_are_unique(people: list[str]) -> None:
    assert len({alias_of(userid) for userid in people}) == len(people)


def test_alias_like_userid_gets_own_alias() -> None:
    """Somebody with such a userid has an alias as well, and gets none of that person's messages."""
    forged = alias_of("a.b")
    assert is_userid(forged)
    assert alias_of(forged) not in {forged, alias_of("a.b")}
    assert userid_of(alias_of(forged)) == forged
    assert userid_of(forged) == "a.b"


@pytest.mark.parametrize("userid", [alias_of("a.b").upper(), alias_of("a.b").title()])
def test_capital_alias_like_userid_gets_own_alias(userid: str) -> None:
    """The app's database would keep both people's messages in one table."""
    assert is_userid(userid)
    assert alias_of(userid) == alias_of(userid).lower() != alias_of("a.b")
    assert userid_of(alias_of(userid)) == userid


@given(alike | st.text().map("im66u".__add__))
def test_alias_functions_accept_any_text(name: str) -> None:
    meant = userid_of(name)
    assert is_alias(name) == (meant != name)
    assert not is_alias(name) or alias_of(meant) == name


def test_a_long_text_costs_nothing() -> None:
    assert userid_of("im66u" + "a" * 1_000_000) == "im66u" + "a" * 1_000_000
