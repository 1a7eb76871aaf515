"""Runs the unit tests of the browser client's modules (*.test.js) with Node.js, and checks the modules'
structure."""

import re
import subprocess
from pathlib import Path

import pytest

from chat.protocol.kinds import KINDS
from testkit.availability import unavailable
from testkit.node import ROOT, NoNode, node

SECONDS = 300.0
FOLDER = Path(__file__).parent
SCRIPTS = ROOT / "static" / "im66"


def test_javascript_unit_tests_pass() -> None:
    try:
        program = node().program
    except NoNode as why:
        unavailable(str(why))
    scripts = sorted(map(str, FOLDER.glob("*.test.js")))
    assert scripts
    done = subprocess.run(
        [program, "--test", *scripts], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def test_script_imports_follow_layers() -> None:
    """Each folder imports only itself and those before it in the order. Types may come from any folder."""
    order = ["text", "wire", "state", "ui"]
    upwards = []
    for script in (SCRIPTS / "chat").rglob("*.js"):
        here = script.relative_to(SCRIPTS / "chat").parts[0]
        for target in re.findall(r'^(?:import|export)[^"]*"(\.[^"]+)"', script.read_text(), re.MULTILINE):
            there = (script.parent / target).resolve().relative_to(SCRIPTS).parts
            if here in order and there[0] == "chat" and there[1] in order[order.index(here) + 1 :]:
                upwards.append(f"{script.name} imports {target}")
    assert upwards == []


def test_each_message_kind_is_one_script() -> None:
    """All other scripts call it, and the page has a module for each kind of the server. It may have more."""
    kinds = SCRIPTS / "chat" / "ui" / "kinds"
    sources = "".join(path.read_text() for path in kinds.glob("*.js"))
    registered = set(re.findall(r'^register\("(\w+)"', sources, re.MULTILINE))
    asking = re.compile(rf"""\bkind\)? [!=]== "({"|".join(KINDS)})\"""")
    offenders = [path.name for path in (SCRIPTS / "chat").rglob("*.js") if asking.search(path.read_text())]
    assert registered >= set(KINDS)
    assert offenders == []


def test_packaged_client_imports_no_page_script() -> None:
    offenders = [
        f"{script.name}: {path}"
        for script in (SCRIPTS / "client").glob("*.js")
        for path in re.findall(r'^(?:import|export) [^"\n]*from "([^"]+)"', script.read_text(), re.MULTILINE)
        if not path.startswith("./")
    ]
    assert offenders == []


def test_only_finding_js_normalizes_text() -> None:
    """It shortens runs of combining marks first: a text of them would freeze the page."""
    scripts = [path for path in SCRIPTS.rglob("*.js") if "vendor" not in path.parts]
    users = [path.name for path in scripts if ".normalize(" in path.read_text()]
    assert users == ["finding.js"]
