"""The texts of replies and pages are translated, and the compiled catalog is up to date: `make messages`."""

import ast
import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo

from chat.protocol.kinds import KINDS, kind_of
from groups.legacy.parameters import FRAMEWORK_TEXTS
from testkit.messages import (
    COMPILED,
    PAGE_TEXTS,
    ROOT,
    TRADITIONAL,
    collect,
    collect_page_texts,
    marked_in_script,
    page_texts_json,
    read_catalog,
)
from testkit.traditional import EMOJI, EMOTIONS, emoji, emotions, traditional, traditional_catalog
from uploads.worker.texts import MessageTemplate

MODULES = [
    *ROOT.glob("groups/legacy/*.py"),
    *ROOT.glob("uploads/legacy/*.py"),
    *ROOT.glob("uploads/worker/*.py"),
    *(ROOT / f"groups/{name}.py" for name in ("errors", "replies", "services")),
    *(ROOT / f"web/{name}.py" for name in ("account_forms", "failures")),
    *(ROOT / f"uploads/{name}.py" for name in ("attempts", "bodies", "conversion", "replies", "services")),
]
# Texts that are the same in Chinese.
SAME = {"Emoji", "{at} of {count}", "{title}. {text}"}
# The first server's words, which say no more.
FIRST_SERVERS = {"参数错误", "系统错误", "视频文件过大"}
# What no client is told.
FOR_PROGRAMMERS = {"Nobody gave the change its place in the log."}


def keys(catalog: Catalog) -> set[tuple[object, object]]:
    return {(message.context, message.id) for message in catalog if message.id}


def sentences(source: str) -> set[str]:
    """The texts in the code that read like sentences, without docstrings."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and re.search(r"[A-Z].* .*\.$", node.value)
    }


def test_catalog_has_exactly_the_texts_of_the_code() -> None:
    assert keys(collect()) == keys(read_catalog())


def test_compiled_catalog_is_current() -> None:
    compiled = BytesIO()
    write_mo(compiled, read_catalog())
    assert COMPILED.read_bytes() == compiled.getvalue()


def test_traditional_chinese_is_generated_from_simplified() -> None:
    """`make messages` makes it anew, so nobody edits it."""
    kept, made = read_catalog(TRADITIONAL, "zh_Hant"), traditional_catalog(read_catalog())
    assert {message.id: message.string for message in kept if message.id} == {
        message.id: message.string for message in made if message.id
    }
    compiled = BytesIO()
    write_mo(compiled, made)
    assert TRADITIONAL.with_suffix(".mo").read_bytes() == compiled.getvalue()
    assert EMOJI.read_text() == emoji()
    assert EMOTIONS.read_text() == emotions()


def test_traditional_chinese_uses_words_of_taiwan() -> None:
    translations = {
        "群聊文件": "群組檔案",
        "用户的消息": "使用者的訊息",
        "登录设置": "登入設定",
        "“视频”": "「影片」",
    }
    assert {text: traditional(text) for text in translations} == translations


def complaints(message: Message, collect_page_texts: set[object]) -> Iterator[str]:
    """What is wrong with the translation."""
    english = message.id if isinstance(message.id, str) else message.id[1]
    (translated, *_) = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    if message.id not in SAME and not re.search("[\u4e00-\u9fff：、]", translated):
        yield "not in Chinese"
    # Of what replies say, one sentence ends without a full stop, as what the apps show does. Several end with
    # one.
    is_sentence = translated.endswith("。")
    if (message.id not in collect_page_texts and is_sentence != ("。" in translated)) or translated.endswith(
        "."
    ):
        yield "the full stop"
    if message.fuzzy:
        yield "fuzzy"
    names = set() if translated in FIRST_SERVERS else set(re.findall(r"%\((\w+)\)", english))
    if set(re.findall(r"%\((\w+)\)", translated)) - {"size"} != names - {"bytes"}:
        yield "other names of values"
    if sorted(re.findall(r"\{\w+\}", translated)) != sorted(re.findall(r"\{\w+\}", english)):
        yield "other names of values"


def test_every_text_is_translated() -> None:
    texts: set[object] = set(collect_page_texts())
    wrong = {message.id: list(complaints(message, texts)) for message in read_catalog() if message.id}
    assert wrong
    assert {text: why for text, why in wrong.items() if why} == {}


def test_kinds_have_the_same_chinese_in_code_and_catalog() -> None:
    catalog = read_catalog()
    chinese = {kind.english: kind.chinese for kind in map(kind_of, (*KINDS, ""))}
    assert {text: catalog[text].string for text in chinese} == chinese


def test_page_catalog_has_exactly_the_texts_of_its_scripts() -> None:
    assert PAGE_TEXTS.read_text() == page_texts_json()


def test_texts_in_nested_templates_are_collected() -> None:
    script = (
        'html`<p>${on && html`<b>${t("It\'s {a}", { a: 1 })}</b>`}</p>${counted(n, "1 cup", "{count} cups")}`'
    )
    assert list(marked_in_script(script)) == ["It's {a}", ("1 cup", "{count} cups")]
    assert list(marked_in_script('function t(text) {} return t("Today");')) == ["Today"]
    with pytest.raises(ValueError, match="literal"):
        list(marked_in_script('t(isOn ? "On" : "Off")'))


def test_sentences_of_replies_are_marked_for_translation() -> None:
    known = {message.id for message in read_catalog()} | FOR_PROGRAMMERS
    unmarked = {module: sentences(module.read_text()) - known for module in MODULES}
    assert {module: texts for module, texts in unmarked.items() if texts} == {}


def test_account_pages_have_no_untranslated_words() -> None:
    templates = [*ROOT.glob("templates/web/accounts/*"), *ROOT.glob("templates/mfa/**/*.html")]
    assert templates
    marked = r"\{% blocktranslate.*?\{% endblocktranslate %\}"
    marked += r"|\{% comment.*?endcomment %\}"
    markup = re.compile(rf"{marked}|<script.*?</script>|\{{%.*?%\}}|\{{\{{.*?\}}\}}|<[^>]*>", re.DOTALL)
    words_of_page = {
        page.name: set(markup.sub(" ", page.read_text()).split()) - {"–", "im66"} for page in templates
    }
    assert {name: words for name, words in words_of_page.items() if words} == {}


def test_sentences_are_found_in_source_files() -> None:
    assert "There is no such group." in sentences((ROOT / "accounts/codes.py").read_text())


def test_texts_of_the_child_process_are_translated() -> None:
    assert {str(text) for text in MessageTemplate} <= {str(message.id) for message in read_catalog()}


def test_framework_texts_are_translated() -> None:
    assert set(FRAMEWORK_TEXTS) <= {message.id for message in read_catalog()}
