"""Who may do what, as a table: each action, and whom each cause keeps from it."""

from collections.abc import Callable
from functools import partial, wraps

from accounts import access
from accounts.access import TRUSTED, Actor, Forbidden, PermittedRole, Role
from accounts.codes import Cause

Rule = Callable[[Actor], None]

OUTSIDER = Actor()
MEMBER, ADMIN, OWNER = (Actor(role=role) for role in (Role.MEMBER, Role.ADMIN, Role.OWNER))
MUTED_OUTSIDER, MUTED_MEMBER, MUTED_ADMIN, MUTED_OWNER = (
    actor._replace(muted=True) for actor in (OUTSIDER, MEMBER, ADMIN, OWNER)
)
EVERYBODY = {
    "outsider": OUTSIDER,
    "member": MEMBER,
    "admin": ADMIN,
    "owner": OWNER,
    "muted outsider": MUTED_OUTSIDER,
    "muted member": MUTED_MEMBER,
    "muted admin": MUTED_ADMIN,
    "muted owner": MUTED_OWNER,
    "trusted": TRUSTED,
}


def removing(*others: Role) -> Rule:
    return lambda actor: access.may_remove_members(actor, others)


def adding(add_by: str) -> Rule:
    return wraps(access.may_add_members)(lambda actor: access.may_add_members(actor, add_by))


def noticing(notice_by: str) -> Rule:
    return wraps(access.may_set_notice)(lambda actor: access.may_set_notice(actor, notice_by))


def pinning(**facts: bool) -> Rule:
    rule: Callable[..., None] = access.may_pin
    return wraps(rule)(partial(rule, **facts))


def pressing(**facts: bool) -> Rule:
    rule: Callable[..., None] = access.may_press
    return wraps(rule)(partial(rule, **facts))


def amending(rule: Callable[..., None], **facts: bool) -> Rule:
    of_ones_own = {"is_author": True, "is_in_time": True, "is_in_group": True}
    return wraps(rule)(partial(rule, **{**of_ones_own, **facts}))


# A letter for each of EVERYBODY: + may, o is outside, m is muted, a and q manage nothing, w is no owner, n
# did not write it, t is too late.
CAUSES = {
    "o": Cause.OUTSIDE,
    "m": Cause.MUTED,
    "a": Cause.NOT_MANAGER,
    "q": Cause.QUIET,
    "w": Cause.NOT_OWNER,
    "n": Cause.NOT_AUTHOR,
    "t": Cause.TOO_LATE,
}
TABLE: dict[str, tuple[Rule, str]] = {
    "send": (access.may_send, "++++mmmm+"),
    "send to the group": (access.may_send_to_group, "o+++mmmm+"),
    "see the members": (access.may_see_members, "o+++o++++"),
    "read the records": (access.may_read_records, "o+++o++++"),
    "create a group": (access.may_create_group, "++++mmmm+"),
    "add somebody": (access.may_add_members, "o+++ommm+"),
    "add somebody where only managers do": (adding(PermittedRole.ADMINS), "oa++ommm+"),
    "edit": (access.may_edit_group, "o+++ommm+"),
    "edit in a quiet group": (lambda actor: access.may_edit_group(actor, is_quiet=True), "oq++ommm+"),
    "set one's nickname": (access.may_set_nickname, "o+++ommm+"),
    "remove nobody": (removing(), "o+++o++++"),
    "remove a member": (removing(Role.MEMBER), "oa++oa+++"),
    "remove an admin": (removing(Role.MEMBER, Role.ADMIN), "oa++oa+++"),
    "remove an owner": (removing(Role.MEMBER, Role.OWNER), "oaw+oaw++"),
    "set roles": (access.may_set_roles, "oww+oww++"),
    "dissolve": (access.may_dissolve, "oww+oww++"),
    "set the notice where all may": (noticing(PermittedRole.MEMBERS), "+++++++++"),
    "set the notice where admins may": (noticing(PermittedRole.ADMINS), "aa++aa+++"),
    "restrict the group": (access.may_restrict, "oa++oa+++"),
    "pin in the group": (pinning(is_in_group=True), "oa++mmmm+"),
    "pin between two people": (pinning(is_in_group=False), "++++mmmm+"),
    "mention all": (access.may_mention_all, "oa++oa+++"),
    "upload": (access.may_upload, "++++mmmm+"),
    "set an avatar": (access.may_set_avatar, "++++mmmm+"),
    "recall what one wrote": (amending(access.may_recall), "o+++mmmm+"),
    "recall it too late": (amending(access.may_recall, is_in_time=False), "ot++mmmm+"),
    "recall what another wrote": (amending(access.may_recall, is_author=False), "on++mmmm+"),
    "recall what one wrote to a person": (amending(access.may_recall, is_in_group=False), "++++mmmm+"),
    "edit what one wrote": (amending(access.may_edit), "o+++mmmm+"),
    "edit it too late": (amending(access.may_edit, is_in_time=False), "otttmmmm+"),
    "edit what another wrote": (amending(access.may_edit, is_author=False), "onnnmmmm+"),
    "vote in the group": (amending(access.may_respond, is_author=False, is_in_time=False), "o+++mmmm+"),
    "close one's own poll": (amending(access.may_close, is_in_time=False), "o+++mmmm+"),
    "close another's poll": (amending(access.may_close, is_author=False), "on++mmmm+"),
    "press a button in the group": (pressing(is_in_group=True), "o+++mmmm+"),
    "press a button of a person": (pressing(is_in_group=False), "++++mmmm+"),
    "react": (amending(access.may_react, is_author=False, is_in_time=False), "o+++mmmm+"),
    "react to a person": (amending(access.may_react, is_author=False, is_in_group=False), "++++mmmm+"),
}


def cause_of(rule: Callable[[], None]) -> Cause | None:
    """Why it is forbidden; None if it is not."""
    try:
        rule()
    except Forbidden as forbidden:
        return forbidden.cause
    return None


def test_access_table_allows_or_gives_cause() -> None:
    wrong = [
        (action, who, cause)
        for action, (rule, letters) in TABLE.items()
        for (who, actor), letter in zip(EVERYBODY.items(), letters, strict=True)
        if (cause := cause_of(partial(rule, actor))) != CAUSES.get(letter)
    ]
    assert wrong == []


def test_access_table_covers_every_rule() -> None:
    rules = {name for name in vars(access) if name.startswith("may_")}
    tested = {rule.__name__ for rule, _ in TABLE.values()} - {"<lambda>"} | {"may_remove_members"}
    assert rules == tested | {"may_act_as"}


def test_causes_have_sentences() -> None:
    assert [cause for cause in Cause if not cause.text.endswith(".")] == []
    # Sockets have the same words.
    assert (Cause.OUTSIDE.short, Cause.NO_SUCH_GROUP.short) == (
        "you are not in this group",
        "no such group",
    )


def test_acting_as_another_is_forbidden() -> None:
    assert cause_of(lambda: access.may_act_as("alice", "alice")) is None
    assert cause_of(lambda: access.may_act_as("bob", "alice")) == Cause.OF_ANOTHER
    assert cause_of(lambda: access.may_act_as(None, "alice")) is None
