"""Copies the JavaScript libraries into the static files: `python -m testkit.vendoring`.

The copies are committed, because servers have no Node.js. package.json has the versions, and
package-lock.json the hashes of the archives.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from testkit.node import ROOT, packages

FOLDER = ROOT / "static" / "im66" / "vendor"
VERSIONS = FOLDER / "versions.json"
LICENCES = FOLDER / "licences"


class Module(NamedTuple):
    """A module: its name in imports, its package, its path in the package, and its file name here."""

    name: str
    package: str
    source: str
    file: str


MODULES = [
    Module("preact", "preact", "dist/preact.module.js", "preact.js"),
    Module("preact/hooks", "preact", "hooks/dist/hooks.module.js", "hooks.js"),
    Module("htm", "htm", "dist/htm.module.js", "htm.js"),
    Module("@preact/signals-core", "@preact/signals-core", "dist/signals-core.module.js", "signals-core.js"),
    Module("@preact/signals", "@preact/signals", "dist/signals.module.js", "signals.js"),
    Module("uqr", "uqr", "dist/index.mjs", "uqr.js"),
]

_FILES = {module.name: module.file for module in MODULES}
_SOURCE_MAP = re.compile(r"\s*//# sourceMappingURL=\S+")
_IMPORT = re.compile(r"""\b(from|import)\s*(["'])([^"'.][^"']*)\2""")


def with_relative_imports(text: str) -> str:
    """Return the source of a module with relative imports, so that browsers need no import map.

    Raises KeyError for an import that is not in MODULES.
    """
    relative = _IMPORT.sub(lambda match: f'{match[1]}"./{_FILES[match[3]]}"', text)
    return _SOURCE_MAP.sub("", relative).rstrip() + "\n"


def type_declaration(module: Module, text: str) -> str:
    """Return a declaration file that gives the copied module the types of its package."""
    exports = "{ default }" if "export default" in text else "*"
    return f'export {exports} from "{module.name}";\n'


def _copy(module: Module, installed: Path) -> dict[str, Any]:
    package = installed / module.package
    text = with_relative_imports((package / module.source).read_text())
    (FOLDER / module.file).write_text(text)
    (FOLDER / module.file).with_suffix(".d.ts").write_text(type_declaration(module, text))
    licence = f"{module.package.removeprefix('@').replace('/', '-')}.txt"
    (LICENCES / licence).write_bytes((package / "LICENSE").read_bytes())
    metadata = json.loads((package / "package.json").read_text())
    return {
        "file": module.file,
        "name": module.package,
        "version": metadata["version"],
        "licence": metadata["license"],
        "licence_file": f"{LICENCES.name}/{licence}",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _main() -> None:
    installed = packages()
    LICENCES.mkdir(parents=True, exist_ok=True)
    versions = [_copy(module, installed) for module in MODULES]
    VERSIONS.write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    _main()
