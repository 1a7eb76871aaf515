"""How Chinese names are spelled, and asked for."""

import subprocess
import sys

import pytest

from accounts.names.pinyin import MAX_SPELLING_CHARACTERS, spelled_query, spelling_of
from testkit.server import ROOT


def finds(query: str, name: str) -> bool:
    spelled = spelled_query(query)
    return bool(spelled) and spelled in spelling_of(name)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("张三", "zhangsan zs zhang z zhangs san s ZhangSan"),
        ("欧阳修", "ouyang oyx ouyangxiu xiu"),
        # Surnames that are read unlike the same character elsewhere.
        *(("单雄信", "shan sxx shanxiong"), ("曾国藩", "zeng zgf"), ("仇英", "qiu qy"), ("解缙", "xie xj")),
        *(("查良镛", "zha zly"), ("区小明", "ou oxm"), ("盖叫天", "ge gjt"), ("乐嘉", "yue yuejia")),
        ("重庆", "chongqing zhongqing cq"),
        *(("吕布", "lvbu lubu lyubu lübu lb"), ("张·三", "zhangsan zs"), ("张 三", "zhangsan")),
        *(("A小明（上海）", "xiaoming xm shanghai sh"), ("張三豐", "zhangsanfeng"), ("\uf9d1", "liu")),
    ],
)
def test_names_match_their_spellings(name: str, query: str) -> None:
    assert [one for one in query.split() if not finds(one, name)] == []


OTHERS = ["hang", "zhangsi", "angs", "zsa", "三", "zhang%", "z_", "", " ", "'", "zs*", "1", "\ud800"]


def test_names_do_not_match_other_spellings() -> None:
    assert [one for one in OTHERS if finds(one, "张三")] == []


@pytest.mark.parametrize("text", ["zhang san", "Zhang-San", " zhang  san ", "zhang'san", "ｚｈａｎｇｓａｎ"])
def test_pinyin_query_is_normalized(text: str) -> None:
    assert spelled_query(text) == " zhangsan"


@pytest.mark.parametrize("name", ["", "Alice", "مرحبا", "👍", "\ud800", "ひらがな"])
def test_non_chinese_names_have_no_spelling(name: str) -> None:
    assert spelling_of(name) == ""


@pytest.mark.parametrize(
    "name", ["乐" * 100, "重行长单曾" * 20, "𠮷" * 100, "天" * 100, "e\u0301" * 50 + "张"]
)
def test_a_spelling_has_a_bound(name: str) -> None:
    spelled = spelling_of(name)
    assert 0 < len(spelled) <= MAX_SPELLING_CHARACTERS
    assert "  " not in spelled


def test_pinyin_dictionary_is_loaded_only_for_chinese_names() -> None:
    """Only a Chinese name that has to be spelled does."""
    look = [
        "import im66.asgi, sys",
        "from accounts.names.pinyin import spelled_query, spelling_of",
        "spelled_query('zs'), spelling_of('a')",
        "assert 'pypinyin' not in sys.modules",
        "assert spelling_of('张')",
        # That of phrases takes four times as much.
        "assert 'pypinyin' in sys.modules and 'pypinyin.phrases_dict' not in sys.modules",
    ]
    subprocess.run([sys.executable, "-c", "; ".join(look)], cwd=ROOT, check=True)
