"""The settings in the READMEs and on docs/settings.md.

`python -m tests.docs.settings_tables` brings them up to date with im66/environment.py. What a setting means
is written on docs/settings.md and its Chinese twin, after the colon, and kept there.
"""

import os
import re
from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from accounts.limits.buckets import Rate
from accounts.proxies import Proxies
from im66.environment import Environment, read, variable
from im66.variables import SHIPPED, default_by_clients, values_of

ROOT = Path(__file__).resolve().parents[2]
# What people set first.
FIRST = (
    "IM66_PRODUCTION",
    "IM66_DATA_DIR",
    "IM66_SECRET_KEY",
    "IM66_ALLOWED_HOSTS",
    "IM66_PUBLIC_URL",
    "IM66_PROXIES",
    "IM66_AUTH",
    "IM66_TOKEN_SECRET",
    "IM66_TOKEN_KEYS",
    "IM66_SIGNUP",
    "DATABASE_URL",
    "REDIS_URL",
    "IM66_CLIENTS",
    "IM66_MEDIA_URL",
    "IM66_MEDIA_ROOT",
)
# The headings of the pages, by the setting that comes first below them.
CHAPTERS = {
    "production": ("The server", "服务器"),
    "auth": ("Authentication", "身份认证"),
    "logged_refusals": ("Logs and metrics", "日志与指标"),
    "database_url": ("Database and Redis", "数据库与 Redis"),
    "heartbeat_seconds": ("Connections and messages", "连接与消息"),
    "webhook_private": ("Webhooks, previews, checker, announcements", "webhook、预览、外部审核与公告"),
    "max_group_members": ("Groups", "群组"),
    "people_per_address": ("Rate limits", "限流"),
    "clients": ("The shipped apps", "已发布的 App"),
    "desk_userid": ("Moderation and mail", "内容审核与邮件"),
    "min_free_mb": ("Media and disk", "媒体文件与磁盘"),
}
# What stands for a meaning that nobody has written yet.
UNWRITTEN = "?"


class Language(NamedTuple):
    """`line`: what stands around a default. `shipped`: before the default for the shipped apps. `made`: of
    defaults that are no fixed value."""

    number: int
    page: str
    readme: str
    none: str
    line: tuple[str, str, str]
    shipped: str
    made: dict[str, str]


LANGUAGES = (
    Language(
        0,
        "docs/settings.md",
        "README.md",
        "none",
        (" (", ")", ": "),
        ", shipped ",
        {
            "data_dir": "`var`; of a package `~/.local/share/im66`",
            "media_root": "`media` in the data folder",
            "secret_key": "generated at the first start, kept in the data folder",
            "database_url": "SQLite: `im66.sqlite3` in the data folder",
            "media_jobs": "all processors but one",
        },
    ),
    Language(
        1,
        "docs/settings.zh-hans.md",
        "README.zh-hans.md",
        "无",
        ("（", "）", "："),
        "，shipped 为 ",
        {
            "data_dir": "`var`；用软件包安装时为 `~/.local/share/im66`",
            "media_root": "数据目录下的 `media`",
            "secret_key": "首次启动时生成，存在数据目录",
            "database_url": "SQLite：数据目录下的 `im66.sqlite3`",
            "media_jobs": "处理器数减一",
        },
    ),
)

_LINE = re.compile(r"^- `([A-Z][A-Z0-9_]+)`(?: \([^)]*\)|（[^）]*）)?(?:: |：)(.*)$", re.MULTILINE)
_TABLE = re.compile(r"(?<=\|---\|\n)(?:\| `.*\n)+")


def rendered(language: Language) -> dict[str, str]:
    """The page and the README as they are to be."""
    result = defaults()
    page, readme = ((ROOT / name).read_text() for name in (language.page, language.readme))
    meanings = dict(_LINE.findall(page))
    long, short = [], []
    for field in fields(Environment):
        name, default = variable(field.name), _default(language, field, getattr(result, field.name))
        meaning = meanings.get(name, UNWRITTEN)
        if chapter := CHAPTERS.get(field.name):
            long.append(f"\n## {chapter[language.number]}\n\n")
        long.append(_line(language, name, f"{default}{_others(field, default)}", meaning))
        if name in FIRST:
            short.append(f"| `{name}` | {default} | {_from_above(meaning)} |\n")
    return {
        language.page: page.partition("\n## ")[0] + "".join(long),
        language.readme: _TABLE.sub(lambda _: "".join(short), readme, count=1),
    }


def _line(language: Language, name: str, default: str, meaning: str) -> str:
    begin, end, colon = language.line
    shown = "" if default == language.none else f"{begin}{default}{end}"
    return f"- `{name}`{shown}{colon}{meaning}\n"


def _from_above(meaning: str) -> str:
    """Links lead from the folder above docs/."""
    return re.sub(r"\]\((?!https?:|#)", "](docs/", meaning)


def _others(field: "Field[Any]", default: str) -> str:
    """The other values of a choice. A number out of bounds stops the start, which says them."""
    choices = () if field.type is bool else values_of(field).choices
    return "".join(f" · {_code(value)}" for value in choices if _code(value) not in default)


def _default(language: Language, field: "Field[Any]", value: Any) -> str:
    if (of_shipped := default_by_clients(field, SHIPPED)) is not None:
        return f"{_code(value)}{language.shipped}{_code(of_shipped)}"
    if field.name in language.made:
        return language.made[field.name]
    return _code(value) if _says_something(value) else language.none


def _says_something(value: Any) -> bool:
    return value not in ("", [], Proxies())


def _code(value: Any) -> str:
    shapes: dict[type, Callable[[Any], str]] = {
        bool: lambda value: str(value).lower(),
        float: lambda value: f"{value:g}",
        list: ",".join,
        Rate: str,
    }
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`"
    return f"`{shapes.get(type(value), str)(value)}`"


def defaults() -> Environment:
    """What is read where nothing is set. The secret key would be made and kept, so it is."""
    with patch.dict(os.environ, {"IM66_SECRET_KEY": "k" * 32}, clear=True):
        return read()


if __name__ == "__main__":
    for language in LANGUAGES:
        for name, text in rendered(language).items():
            (ROOT / name).write_text(text)
