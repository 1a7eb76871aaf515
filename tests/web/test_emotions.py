"""The emotions that this server has pictures for: what is sent, and what is shown."""

import json
import re
from xml.etree import ElementTree

import pytest

from chat.emotions import CHINESE, namer
from chat.protocol.bounds import size
from chat.protocol.media import is_showable
from im66.demo.acts import Said
from im66.demo.talk import SCENES
from testkit.server import ROOT

FOLDER = ROOT / "static/im66/emotions"
EMOTIONS = json.loads((FOLDER / "emotions.json").read_text())
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "path", "circle", "ellipse")}

each = pytest.mark.parametrize("emotion", EMOTIONS, ids=[emotion["name"] for emotion in EMOTIONS])


def test_it_works() -> None:
    assert len(EMOTIONS) == 24
    for field in ("code", "name", "en", "zh"):
        assert len({emotion[field] for emotion in EMOTIONS}) == 24, "no two are alike"


@each
def test_shipped_apps_have_no_picture_of_it_and_get_its_name(emotion: dict[str, str]) -> None:
    assert not is_showable("emotion", emotion["code"])
    assert namer(CHINESE)(emotion["code"]) == f"[{emotion['zh']}]"
    assert "_" not in emotion["code"] + emotion["zh"] + emotion["en"]


@each
def test_whoever_does_not_know_the_code_can_read_it(emotion: dict[str, str]) -> None:
    assert emotion["code"] == f"~{emotion['name']}"
    assert re.fullmatch("[a-z]+", emotion["name"])


@each
def test_it_has_a_small_picture_of_shapes_only(emotion: dict[str, str]) -> None:
    text = (FOLDER / f"{emotion['name']}.svg").read_text()
    assert size(text) <= 1536
    drawn = list(ElementTree.fromstring(text).iter())
    assert {element.tag for element in drawn} <= SHAPES
    assert drawn[0].get("viewBox") == "0 0 48 48"
    assert not {
        name for element in drawn for name in element.attrib if name.startswith("on") or name == "style"
    }


def test_each_picture_is_listed() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {emotion["name"] for emotion in EMOTIONS}


def test_the_demo_sends_no_others() -> None:
    sent = {
        act.content
        for scene in SCENES
        for act in scene.acts
        if isinstance(act, Said) and act.kind == "emotion"
    }
    assert len(sent) > 5
    assert sent <= {emotion["code"] for emotion in EMOTIONS}
