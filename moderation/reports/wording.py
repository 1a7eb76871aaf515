"""What those who have reported something are told, in both languages."""

from chat.services.sending import in_both


def dealt_with() -> str:
    return in_both(
        "Thank you for your report. The moderators have dealt with it.", "感谢你的举报，管理员已经处理完毕。"
    )
