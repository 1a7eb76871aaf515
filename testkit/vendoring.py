"""The libraries of the pages' scripts: `python -m testkit.vendoring` copies them to where they are served.

They are kept with the code, because the machines that serve have no Node.js. package.json says which
versions, and package-lock.json what their archives must hash to.
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
    """One module: what scripts of its package call it, where the package has it, how it is named here."""

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


def vendored(text: str) -> str:
    """A module as it is served: browsers resolve its imports without a map of them. Raises KeyError for a
    module that is not among those here."""
    relative = _IMPORT.sub(lambda match: f'{match[1]}"./{_FILES[match[3]]}"', text)
    return _SOURCE_MAP.sub("", relative).rstrip() + "\n"


def declared(module: Module, text: str) -> str:
    """What tells a type checker that the module here is that of the package, whose types are there."""
    what = "{ default }" if "export default" in text else "*"
    return f'export {what} from "{module.name}";\n'


def _copy(module: Module, installed: Path) -> dict[str, Any]:
    package = installed / module.package
    text = vendored((package / module.source).read_text())
    (FOLDER / module.file).write_text(text)
    (FOLDER / module.file).with_suffix(".d.ts").write_text(declared(module, text))
    licence = f"{module.package.removeprefix('@').replace('/', '-')}.txt"
    (LICENCES / licence).write_bytes((package / "LICENSE").read_bytes())
    about = json.loads((package / "package.json").read_text())
    return {
        "file": module.file,
        "name": module.package,
        "version": about["version"],
        "licence": about["license"],
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
