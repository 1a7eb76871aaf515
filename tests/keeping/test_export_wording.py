"""What an export's pages say of what happened to a group."""

from typing import Any

import pytest
from django.utils.translation import override

from keeping.exporting import wording
from log.rows import GroupChange, MembershipNotice
from tests.support.groups import ALICE, BOB, numbered

NAMES = {ALICE: "Alice", BOB: "小波"}


def describe(language: str, notice: MembershipNotice | GroupChange) -> str:
    with override(language):
        return wording.describe(notice, NAMES)


def changed(by: str | None = None, **what: Any) -> GroupChange:
    return GroupChange(1, 2, by, what, 3)


def members(
    joined: tuple[str, ...] = (), left: tuple[str, ...] = (), by: str | None = None
) -> MembershipNotice:
    return MembershipNotice(1, 2, joined, left, 3, by)


@pytest.mark.parametrize(
    ("notice", "english", "chinese"),
    [
        (members((ALICE, BOB)), "Alice, 小波 joined", "Alice、小波加入了群聊"),
        (members((BOB,), by=ALICE), "Alice added 小波", "Alice邀请小波加入了群聊"),
        (members((ALICE, BOB), by=ALICE), "Alice started the group with 小波", "Alice邀请小波加入了群聊"),
        (members(left=(BOB,), by=BOB), "小波 left", "小波退出了群聊"),
        (members(left=(BOB,), by=ALICE), "Alice removed 小波", "Alice将小波移出了群聊"),
        (members(left=("dora",)), "dora left", "dora退出了群聊"),
        (changed(name="x"), "The group is now called “x”", "群聊名称已改为“x”"),
        (changed(ALICE, name="x"), "Alice named the group “x”", "Alice将群聊名称改为“x”"),
        (changed(notice="x"), "New notice: x", "新的群公告：x"),
        (changed(ALICE, notice="x"), "Alice posted a notice: x", "Alice发布了群公告：x"),
        (changed(ALICE, notice=""), "Notice removed", "群公告已清空"),
        (changed(roles={BOB: "owner"}), "小波 is now an owner", "小波已成为群主"),
        (changed(roles={BOB: "admin"}), "小波 is now an admin", "小波已成为管理员"),
        (changed(roles={BOB: "member"}), "小波 is now a member", "小波已成为普通成员"),
        (changed(muted=True), "Only owners and admins can write now", "已开启全员禁言，仅群主和管理员可发言"),
        (changed(muted=False), "All members can write again", "已解除全员禁言"),
        (
            changed(slow=30),
            "Slow mode is on: one message in 30 seconds",
            "已开启慢速模式，每人每 30 秒可发一条",
        ),
        (changed(slow=0), "Slow mode is off", "慢速模式已关闭"),
        (
            changed(notice_by="admins"),
            "Only owners and admins can set the notice now",
            "群公告改为仅群主和管理员可修改",
        ),
        (
            changed(ALICE, notice="x", confirm=True),
            "Alice posted a notice: x · Members are asked to confirm the notice",
            "Alice发布了群公告：x · 需要成员确认群公告",
        ),
        (changed(picture=True), "The group has a new picture", "群头像已更换"),
        (changed(picture=False), "The group's picture was removed", "群头像已移除"),
        (changed(BOB, nicknames=[BOB]), "Other nicknames here: 小波", "修改了群昵称：小波"),
        (changed(message_pinned=1), "A message was pinned", "有消息被置顶"),
        (changed(ALICE, message_pinned=1), "Alice pinned a message", "Alice置顶了一条消息"),
        (changed(ALICE, message_unpinned=1), "Alice unpinned a message", "Alice取消了一条置顶消息"),
        (changed(dissolved=True), "The group was dissolved", "群聊已解散"),
        (changed(restored=True), "The group was restored", "群聊已恢复"),
        (changed(later="x"), "later", "later"),
    ],
)
def test_notice_is_worded_in_english_and_chinese(
    notice: MembershipNotice | GroupChange, english: str, chinese: str
) -> None:
    assert describe("en", notice) == english
    assert describe("zh-hans", notice) == chinese


def test_notice_about_many_people_names_some() -> None:
    assert describe("en", members(tuple(numbered(25)))).endswith(", user19 and 5 others joined")
    assert describe("zh-hans", members(tuple(numbered(25)))).endswith("、user19和另外 5 人加入了群聊")


def test_emotions_have_names_in_both_languages() -> None:
    with override("en"):
        assert (wording.emotion("~coffee"), wording.emotion("?")) == ("[Coffee]", "[Sticker]")
    with override("zh-hans"):
        assert (wording.emotion("~ok"), wording.emotion("?")) == ("[好的]", "[表情]")
