"""What those who have reported something are told. The server does not know in which language they read, so
it is said in both."""

DEALT_WITH = (
    "Thank you for your report. The moderators have dealt with it.\n感谢你的举报，管理员已经处理完毕。"
)
