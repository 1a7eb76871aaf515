"""The texts of replies and pages are translated, and the compiled catalog is up to date: `make messages`."""

import ast
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo

from groups.legacy.parameters import FRAMEWORK_TEXTS
from testkit.messages import COMPILED, ROOT, collected, stored
from uploads.worker.texts import Text

MODULES = [
    *ROOT.glob("groups/legacy/*.py"),
    *ROOT.glob("uploads/legacy/*.py"),
    *ROOT.glob("uploads/worker/*.py"),
    *(ROOT / f"groups/{name}.py" for name in ("errors", "replies", "services")),
    *(ROOT / f"web/{name}.py" for name in ("account_forms", "failures")),
    *(ROOT / f"uploads/{name}.py" for name in ("attempts", "bodies", "conversion", "replies", "services")),
]
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


def test_every_text_of_the_code_is_in_the_catalog_and_no_other() -> None:
    assert keys(collected()) == keys(stored())


def test_the_compiled_catalog_is_the_catalog() -> None:
    compiled = BytesIO()
    write_mo(compiled, stored())
    assert COMPILED.read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("message", [message for message in stored() if message.id], ids=lambda one: one.id)
def test_every_text_is_translated(message: Message) -> None:
    translated = str(message.string)
    assert re.search("[\u4e00-\u9fff：]", translated)
    # One sentence ends without a full stop, as what the apps show does. Several end with one.
    assert translated.endswith("。") == ("。" in translated)
    assert not translated.endswith(".")
    assert not message.fuzzy
    names = set() if translated in FIRST_SERVERS else set(re.findall(r"%\((\w+)\)", str(message.id)))
    assert set(re.findall(r"%\((\w+)\)", translated)) - {"size"} == names - {"bytes"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_of_a_reply_is_unmarked(module: Path) -> None:
    known = {message.id for message in stored()}
    assert sentences(module.read_text()) - FOR_PROGRAMMERS <= known


@pytest.mark.parametrize("template", [*ROOT.glob("templates/web/accounts/*")], ids=lambda path: path.name)
def test_a_page_says_nothing_else(template: Path) -> None:
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", template.read_text(), flags=re.DOTALL)
    assert set(text.split()) <= {"–", "im66"}


def test_there_are_sentences() -> None:
    assert "There is no such group." in sentences((ROOT / "groups/errors.py").read_text())


def test_the_child_process_has_no_text_that_is_not_translated() -> None:
    assert {str(text) for text in Text} <= {str(message.id) for message in stored()}


def test_what_the_frameworks_say_is_translated() -> None:
    assert set(FRAMEWORK_TEXTS) <= {message.id for message in stored()}
