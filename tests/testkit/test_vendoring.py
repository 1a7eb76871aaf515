"""static/im66/vendor matches package-lock.json, and browsers can import its files."""

import hashlib
import json
import re

import pytest

from testkit.availability import unavailable
from testkit.node import ROOT, NoNode, packages
from testkit.vendoring import FOLDER, MODULES, VERSIONS, Module, type_declaration, with_relative_imports

NOTED = json.loads(VERSIONS.read_text())
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.js"))
IMPORTED = re.compile(r"""\b(?:from|import)\s*\(?\s*["']([^"']+)""")


def test_served_scripts_are_the_listed_ones() -> None:
    assert SCRIPTS == sorted(module.file for module in MODULES) == sorted(noted["file"] for noted in NOTED)


@pytest.mark.parametrize("noted", NOTED, ids=lambda noted: str(noted["file"]))
def test_vendored_files_match_their_recorded_hashes(noted: dict[str, str]) -> None:
    assert hashlib.sha256((FOLDER / noted["file"]).read_bytes()).hexdigest() == noted["sha256"]


@pytest.mark.parametrize("noted", NOTED, ids=lambda noted: str(noted["file"]))
def test_vendored_packages_have_their_licences(noted: dict[str, str]) -> None:
    text = (FOLDER / noted["licence_file"]).read_text()
    assert {"MIT": "MIT License", "Apache-2.0": "Apache License"}[noted["licence"]] in text


@pytest.mark.parametrize("noted", NOTED, ids=lambda noted: str(noted["file"]))
def test_vendored_packages_have_the_locked_version(noted: dict[str, str]) -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert lock[f"node_modules/{noted['name']}"]["version"] == noted["version"]


def test_npm_lock_has_exact_versions_and_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    versions = lock.pop("")["devDependencies"]
    assert versions == json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert versions == {name: lock[f"node_modules/{name}"]["version"] for name in versions}
    assert all("integrity" in package and "resolved" not in package for package in lock.values())


@pytest.mark.parametrize("script", SCRIPTS)
def test_imports_of_vendored_scripts_resolve_in_browsers(script: str) -> None:
    imported = IMPORTED.findall((FOLDER / script).read_text())
    assert all(name.startswith("./") for name in imported)
    assert all((FOLDER / name).is_file() for name in imported)


@pytest.mark.parametrize("script", SCRIPTS)
def test_vendored_scripts_name_no_source_map(script: str) -> None:
    assert "sourceMappingURL" not in (FOLDER / script).read_text()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.file))
def test_type_declarations_point_to_the_package(module: Module) -> None:
    script = FOLDER / module.file
    assert script.with_suffix(".d.ts").read_text() == type_declaration(module, script.read_text())


def test_imports_by_name_become_relative() -> None:
    text = 'import{h as e}from"preact";export{x}from "@preact/signals-core";import \'htm\';\n'
    served = 'import{h as e}from"./preact.js";export{x}from"./signals-core.js";import"./htm.js";\n'
    assert with_relative_imports(text) == served


def test_source_map_comments_are_removed() -> None:
    assert with_relative_imports("let a;\n//# sourceMappingURL=a.js.map") == "let a;\n"


def test_imports_of_vendored_scripts_must_exist() -> None:
    with pytest.raises(KeyError, match="preact/compat"):
        with_relative_imports('import{memo}from"preact/compat"')


def test_vendored_files_match_the_installed_packages() -> None:
    try:
        installed = packages()
    except NoNode as why:
        unavailable(str(why))
    for module in MODULES:
        assert (FOLDER / module.file).read_text() == with_relative_imports(
            (installed / module.package / module.source).read_text()
        )
