"""What people are told of what was done to them, in both languages, briefly; and the reason once, as the
moderator gave it."""

from datetime import UTC, datetime

from chat.services.sending import in_both


def muted(until: int | None, group_name: str | None) -> str:
    where, there = (
        (f" in the group “{group_name}”", f"在群“{group_name}”中") if group_name is not None else ("", "")
    )
    return in_both(f"You can no longer write{where}{_until(until)}.", f"你已{there}被{_span(until)}禁言。")


def unmuted(group_name: str | None) -> str:
    where, there = (
        (f" in the group “{group_name}”", f"在群“{group_name}”中") if group_name is not None else ("", "")
    )
    return in_both(f"You can write again{where}.", f"你{there}的禁言已解除。")


def banned(until: int | None) -> str:
    return in_both(f"Your account is locked{_until(until)}.", f"你的账号已被{_span(until)}封禁。")


def unbanned() -> str:
    return in_both("Your account is open again.", "你的账号已解封。")


def warned() -> str:
    return in_both("A moderator warns you.", "管理员向你发出警告。")


def recalled(count: int) -> str:
    if count == 1:
        return in_both("A moderator has removed a message of yours.", "你的一条消息已被管理员移除。")
    return in_both(
        f"A moderator has removed {count} messages of yours.", f"你的 {count} 条消息已被管理员移除。"
    )


def dissolved(group_name: str) -> str:
    return in_both(
        f"A moderator has dissolved your group “{group_name}”.", f"你的群“{group_name}”已被管理员解散。"
    )


def removed(group_name: str) -> str:
    return in_both(
        f"A moderator has removed you from the group “{group_name}”.", f"你已被管理员移出群“{group_name}”。"
    )


def with_reason(text: str, reason: str) -> str:
    return f"{text}\n{in_both('Reason', '原因', ' / ')}：{reason.strip()}"


def _until(until: int | None) -> str:
    return "" if until is None else f" until {_moment(until)}"


def _span(until: int | None) -> str:
    return "永久" if until is None else f"临时（至 {_moment(until)}）"


def _moment(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S} UTC"
