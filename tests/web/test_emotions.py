"""The emotions that this server has pictures for."""

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from chat.emotions import emotion_labeler
from chat.protocol.bounds import size
from chat.protocol.kinds import CHINESE
from chat.protocol.media import is_showable
from im66.demo.acts import Sent
from im66.demo.talk import SCENES
from testkit.server import ROOT

FOLDER = ROOT / "static/im66/emotions"
EMOTIONS = json.loads((FOLDER / "emotions.json").read_text())
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "path", "circle", "ellipse")}


def test_emotions_are_24_and_distinct() -> None:
    assert len(EMOTIONS) == 24
    for field in ("code", "name", "en", "zh"):
        assert len({emotion[field] for emotion in EMOTIONS}) == 24, field


def test_shipped_apps_get_the_name_of_an_emotion() -> None:
    for emotion in EMOTIONS:
        assert not is_showable("emotion", emotion["code"]), emotion
        assert emotion_labeler(CHINESE)(emotion["code"]) == f"[{emotion['zh']}]"
        assert "_" not in emotion["code"] + emotion["zh"] + emotion["en"]


def test_emotion_codes_are_readable() -> None:
    for emotion in EMOTIONS:
        assert emotion["code"] == f"~{emotion['name']}"
        assert re.fullmatch("[a-z]+", emotion["name"]), emotion


def test_emotion_pictures_are_small_shapes() -> None:
    wrong = {emotion["name"]: list(complaints(emotion["name"])) for emotion in EMOTIONS}
    assert {name: why for name, why in wrong.items() if why} == {}


def complaints(name: str) -> Iterator[str]:
    """Return the defects of the picture."""
    text = (FOLDER / f"{name}.svg").read_text()
    if size(text) > 1536:
        yield "too large"
    drawn = list(ElementTree.fromstring(text).iter())
    if not {element.tag for element in drawn} <= SHAPES or drawn[0].get("viewBox") != "0 0 48 48":
        yield "not of shapes, or not 48 by 48"
    attributes = {name for element in drawn for name in element.attrib}
    if any(name.startswith("on") or name == "style" for name in attributes):
        yield "scripts or styles"


def test_emotion_pictures_are_listed() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {emotion["name"] for emotion in EMOTIONS}


def test_demo_sends_only_known_emotions() -> None:
    sent = {
        act.content
        for scene in SCENES
        for act in scene.acts
        if isinstance(act, Sent) and act.kind == "emotion"
    }
    assert len(sent) > 5
    assert sent <= {emotion["code"] for emotion in EMOTIONS}
