"""The operators' pages: every command works as it is written, and every other block is what it should be."""

import json
import re
from pathlib import Path
from unittest.mock import patch

import pytest

from im66.operators import OperatorsUtility
from tests.deploy.blocks import DOCS, PAGES, Block, Kind, blocks, every_block, kind_of
from tests.deploy.throwaway import RUN_MODULE, run
from tests.deploy.walk import LAST, WALK, Follow


def in_chinese(page: str) -> str:
    return page.replace(".md", ".zh-hans.md")


CHINESE = [page for page in PAGES if (DOCS / in_chinese(page)).exists()]


def test_every_code_block_of_the_pages_has_a_known_kind() -> None:
    assert [block.name for block in every_block() if not kind_of(block)] == []


def test_walk_runs_each_command_block_once() -> None:
    walked = [block for step in (*WALK, *LAST) if isinstance(step, Follow) for block in step.blocks()]
    assert sorted(walked) == sorted(block for block in every_block() if kind_of(block) is Kind.COMMANDS)


def test_json_blocks_of_the_pages_are_valid() -> None:
    said = [block for block in every_block() if kind_of(block) is Kind.JSON]
    assert said
    for block in said:
        for one in block.text.splitlines() if block.language == "jsonl" else [block.text]:
            json.loads(one)


def test_example_programs_of_the_pages_start() -> None:
    programs = [block for block in every_block() if kind_of(block) is Kind.PROGRAM]
    assert programs
    for block in programs:
        model = "async def model(_):\n    yield 'It is '\n    yield 'raining.'\n"
        with patch("im66_client.Bot.run") as run_:
            exec(compile(model + block.text, block.name, "exec"), {"SECRET": "the bot's"})
        run_.assert_called_once_with()


def told(block: Block) -> str:
    """What it does, without what is said to people: comments and reasons."""
    bare = re.sub(r" +#.*$", "", block.text, flags=re.MULTILINE)
    return re.sub(r'--reason ".*"', "--reason", bare)


@pytest.mark.parametrize("page", CHINESE)
def test_chinese_install_page_has_the_same_commands(page: str) -> None:
    english = {told(block): kind_of(block) for block in blocks(page)}
    chinese = [told(block) for block in blocks(in_chinese(page))]
    assert [text for text in chinese if text not in english] == []
    left_out = {kind for text, kind in english.items() if text not in chinese}
    assert left_out <= {Kind.CONTAINER}


@pytest.mark.parametrize("page", [*PAGES, *map(in_chinese, CHINESE)])
def test_commands_named_on_the_pages_exist(page: str) -> None:
    text = (DOCS / page).read_text()
    offered = OperatorsUtility([]).main_help_text(commands_only=True).split()
    assert set(re.findall(r"`(?:\w+=\S+ )?im66 ([a-z_]+)", text)) <= {"help", *offered}
    assert not re.findall(r"`manage\.py (?!serve|check|flush)\w+", text)


@pytest.mark.slow
def test_commands_of_the_install_page_work(tmp_path: Path) -> None:
    run(tmp_path, ["chat.example.org"], RUN_MODULE % "tests.deploy.walk")
