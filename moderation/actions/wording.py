"""What people are told of what was done to them. The server does not know in which language they read, so it
is said in both, briefly; and the reason once, as the moderator gave it."""

from datetime import UTC, datetime


def muted(until: int | None, group_name: str | None) -> str:
    where, there = (
        (f" in the group “{group_name}”", f"在群“{group_name}”中") if group_name is not None else ("", "")
    )
    return f"You can no longer write{where}{_until(until)}.\n你已{there}被{_span(until)}禁言。"


def unmuted(group_name: str | None) -> str:
    where, there = (
        (f" in the group “{group_name}”", f"在群“{group_name}”中") if group_name is not None else ("", "")
    )
    return f"You can write again{where}.\n你{there}的禁言已解除。"


def banned(until: int | None) -> str:
    return f"Your account is locked{_until(until)}.\n你的账号已被{_span(until)}封禁。"


def unbanned() -> str:
    return "Your account is open again.\n你的账号已解封。"


def warned() -> str:
    return "A moderator warns you.\n管理员向你发出警告。"


def recalled(count: int) -> str:
    if count == 1:
        return "A moderator has removed a message of yours.\n你的一条消息已被管理员移除。"
    return f"A moderator has removed {count} messages of yours.\n你的 {count} 条消息已被管理员移除。"


def dissolved(group_name: str) -> str:
    return f"A moderator has dissolved your group “{group_name}”.\n你的群“{group_name}”已被管理员解散。"


def removed(group_name: str) -> str:
    return f"A moderator has removed you from the group “{group_name}”.\n你已被管理员移出群“{group_name}”。"


def with_reason(text: str, reason: str) -> str:
    return f"{text}\nReason / 原因：{reason.strip()}"


def _until(until: int | None) -> str:
    return "" if until is None else f" until {_moment(until)}"


def _span(until: int | None) -> str:
    return "永久" if until is None else f"临时（至 {_moment(until)}）"


def _moment(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S} UTC"
