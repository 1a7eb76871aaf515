"""Bundling JavaScript modules into one script."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.node import NoNode, node
from web.modules import CannotBundle, bundle

STATIC = Path(__file__).resolve().parents[2] / "static/im66"


def printed(modules: Mapping[str, str], folder: Path) -> list[str]:
    """Return the lines that the bundled script of main.js prints."""
    script = folder / "whole.mjs"
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    scripts = bundle(modules, "main.js")
    for name, text in {script.name: scripts.first, **scripts.later}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    try:
        program = node().program
    except NoNode as why:
        unavailable(str(why))
    done = subprocess.run([program, str(script)], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def test_modules_run_as_one_script(tmp_path: Path) -> None:
    main = 'import { greeting } from "./text/greeting.js";\n\nconsole.log(greeting("Bob"));\n'
    greeting = (
        'import { hello } from "../words.js";\n\nexport const greeting = (name) => `${hello}, ${name}`;\n'
    )
    words = '// What is said.\n\nexport const hello = "Hello";\n'
    assert printed({"main.js": main, "text/greeting.js": greeting, "words.js": words}, tmp_path) == [
        "Hello, Bob"
    ]


EXPORTS = """
export const one = 1;
export function two() {
  return 2;
}
export async function three() {}
export class Four {}
const five = 5, six = 6;
export { five, six as seven };
export default function () {}
"""
IMPORTS = """
import any, { one, two as deux } from "./exports.js";
import * as all from "./exports.js";
import {
  Four,
  seven,
} from "./exports.js";
import "./passed_on.js";
import { uno } from "./passed_on.js";
console.log(JSON.stringify([typeof any, one, deux(), typeof all.three, typeof Four, seven, all.five, uno]));
"""


def test_import_and_export_forms_are_bundled(tmp_path: Path) -> None:
    passed_on = 'export { one as uno } from "./exports.js";\n'
    modules = {"main.js": IMPORTS, "exports.js": EXPORTS, "passed_on.js": passed_on}
    (line,) = printed(modules, tmp_path)
    assert json.loads(line) == ["function", 1, 2, "function", "function", 6, 5, 1]


def test_minified_libraries_are_bundled(tmp_path: Path) -> None:
    library = 'import{a as t}from"./a.js";var n=t+1;export{n as sum};export default n'
    modules = {
        "main.js": 'import{sum}from"./b.js";console.log(sum)',
        "b.js": library,
        "a.js": "export const a = 1;",
    }
    assert printed(modules, tmp_path) == ["2"]


def test_modules_run_once_in_order(tmp_path: Path) -> None:
    modules = {
        "main.js": 'import "./a.js";\nimport "./b.js";\nconsole.log("main");\n',
        "a.js": 'import "./b.js";\nconsole.log("a");\n',
        "b.js": 'console.log("b");\n',
    }
    assert printed(modules, tmp_path) == ["b", "a", "main"]


LATER = {
    "main.js": """
import { count } from "./count.js";
const load = (part) => part().then((module) => console.log(module.said), (error) => console.log("failed"));
const parts = [() => import("./a.js"), () => import("./ui/b.js"), () => import("./a.js")];
console.log("main", count.loads);
parts.reduce((before, part) => before.then(() => load(part)), Promise.resolve());
""",
    "count.js": "export const count = { loads: 0, shared: 0 };\n",
    "a.js": 'import { both } from "./both.js";\nexport const said = both("a");\n',
    "ui/b.js": 'import { both } from "../both.js";\nexport const said = both("b");\n',
    "both.js": """
import { count } from "./count.js";
count.shared++;
export const both = (name) => `${name} ${++count.loads} ${count.shared}`;
""",
}


def test_dynamic_imports_have_own_scripts(tmp_path: Path) -> None:
    assert printed(LATER, tmp_path) == ["main 0", "a 1 1", "b 2 1", "a 1 1"]
    scripts = bundle(LATER, "main.js")
    assert sorted(scripts.later) == ["later/a.js", "later/shared/both.js", "later/ui/b.js"]
    assert "count.shared" not in scripts.first


def test_modules_shared_by_two_lazy_scripts_have_own_script(tmp_path: Path) -> None:
    third = {
        "main.js": LATER["main.js"].replace('() => import("./a.js")]', '() => import("./c.js")]'),
        "c.js": 'import { all } from "./all.js";\nexport const said = all("c");\n',
        "all.js": 'import { count } from "./count.js";\n'
        "export const all = (name) => `${name} ${count.shared}`;\n",
        "both.js": 'import { all } from "./all.js";\nimport { count } from "./count.js";\n'
        "count.shared++;\nexport const both = (name) => `both ${all(name)}`;\n",
    }
    assert printed(LATER | third, tmp_path) == ["main 0", "both a 1", "both b 1", "c 1"]
    later = bundle(LATER | third, "main.js").later
    assert "count.shared++" in later["later/shared/both.js"]
    assert "count.shared++" not in later["later/shared.js"]


def test_module_imported_statically_and_dynamically_is_rejected() -> None:
    with pytest.raises(CannotBundle):
        bundle(LATER | {"count.js": 'import "./a.js";\nexport const count = {};\n'}, "main.js")


def test_comments_after_code_are_kept(tmp_path: Path) -> None:
    source = '/** Said. */\nconst a = "// no comment";\n/** @type {any} */ (console).log(a); // here\n'
    assert printed({"main.js": source}, tmp_path) == ["// no comment"]
    assert "Said" not in bundle({"main.js": source}, "main.js").first


@pytest.mark.parametrize(
    "source",
    [
        "export let changing = 1;",
        'const later = 1;\nimport("./b.js");',
        'export * from "./b.js";',
    ],
)
def test_unknown_module_syntax_is_rejected(source: str) -> None:
    with pytest.raises(CannotBundle):
        bundle({"main.js": f"{source}\n", "b.js": ""}, "main.js")


def test_import_cycle_is_rejected() -> None:
    with pytest.raises(CannotBundle):
        bundle({"main.js": 'import "./b.js";', "b.js": 'import "./main.js";'}, "main.js")


def test_chat_client_bundles_into_one_script() -> None:
    paths = [path for folder in ("vendor", "client", "chat") for path in (STATIC / folder).rglob("*.js")]
    sources = {path.relative_to(STATIC).as_posix(): path.read_text() for path in paths}
    assert "function App(" in bundle(sources, "chat/main.js").first
