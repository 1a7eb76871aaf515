"""Writes the list of a release's contents and dependencies (SBOM), in CycloneDX's format.

A locked package is listed with the hashes of all its files; the machine decides which file is installed.
cyclonedx-py reads the licences of installed packages. Packages for Windows or an older Python are listed
without a licence. Packages that only a setting needs are optional.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import metadata
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from testkit.releasing.errors import ReleaseRefused

# The first lock with a package determines its scope: a package that the server always needs is not optional.
LOCKS = {
    "requirements.lock": ComponentScope.REQUIRED,
    "requirements-s3.lock": ComponentScope.OPTIONAL,
    "requirements-sentry.lock": ComponentScope.OPTIONAL,
}
VENDORED = Path("static", "im66", "vendor")

_ENVIRONMENT = ["cyclonedx_py", "environment", "--no-validate", "--output-reproducible"]
_VIA = re.compile(r"^    #(?: via|  ) (.+)$", re.MULTILINE)


class Locked(NamedTuple):
    """A package of a lock.

    `hashes` are the SHA-256 of the files that it may be installed from. `required_by` are the requirements
    files that name it, and `needed_by` the packages that depend on it.
    """

    requirement: Requirement
    hashes: list[str]
    required_by: set[str]
    needed_by: set[str]

    @property
    def version(self) -> str:
        return str(self.requirement.specifier).removeprefix("==")


class Release(NamedTuple):
    """The release that the list describes. `root` is the folder of its files."""

    root: Path
    version: str
    commit: str
    made: datetime
    sha256: str


def sbom(release: Release) -> str:
    """Return the list as JSON, reproducibly."""
    # Imported here, because the import takes seconds.
    from cyclonedx.validation.json import JsonStrictValidator

    text = JsonV1Dot6(_bom(release)).output_as_string(indent=2)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ReleaseRefused(f"The list of contents does not keep to its schema: {wrong}.")
    return text + "\n"


def read_lock(lock: Path) -> list[Locked]:
    """Return the packages of a lock in its order."""
    return [_read_block(block) for block in re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.M)[1:]]


def _bom(release: Release) -> Bom:
    ours = Component(
        name="im66",
        type=ComponentType.APPLICATION,
        version=release.version,
        bom_ref="im66",
        licenses=_licences("MIT"),
        hashes=[_hash(release.sha256)],
    )
    bom = Bom(
        serial_number=uuid5(NAMESPACE_OID, release.commit),
        metadata=BomMetaData(
            timestamp=release.made, component=ours, tools=ToolRepository(components=[this_component()])
        ),
    )
    vendored = list(_vendored(release.root))
    bom.components.update(vendored)
    bom.register_dependency(ours, vendored)
    _add_locked(bom, ours, release.root)
    return bom


def _add_locked(bom: Bom, ours: Component, root: Path) -> None:
    packages: dict[str, Locked] = {}
    components: dict[str, Component] = {}
    licences = installed_licences()
    for lock, scope in LOCKS.items():
        for package in read_lock(root / lock):
            name = package.requirement.name
            if name in packages:
                packages[name].needed_by.update(package.needed_by)
            else:
                packages[name], components[name] = package, _component(package, scope, licences)
    bom.components.update(components.values())
    bom.register_dependency(
        ours, [components[name] for name, package in packages.items() if package.required_by]
    )
    for name, component in components.items():
        needed = [components[other] for other, package in packages.items() if name in package.needed_by]
        bom.register_dependency(component, needed)


@cache
def installed_licences() -> dict[tuple[str, str], list[License]]:
    """Return the licences of all installed packages, by name and version."""
    done = subprocess.run([sys.executable, "-m", *_ENVIRONMENT], capture_output=True, check=True)
    bom: Bom = Bom.from_json(json.loads(done.stdout))  # type: ignore[attr-defined]
    return {
        (canonicalize_name(component.name), str(component.version)): [*component.licenses]
        or _licences(next(iter(metadata(component.name).get_all("License") or []), ""))
        for component in bom.components
    }


def _component(
    package: Locked, scope: ComponentScope, licences: Mapping[tuple[str, str], list[License]]
) -> Component:
    name, version = package.requirement.name, package.version
    marker = package.requirement.marker
    if (name, version) not in licences and (marker is None or marker.evaluate()):
        raise ReleaseRefused(f"{name} {version} is not installed, so nothing says its licence.")
    url = PackageURL("pypi", name=name, version=version)
    return Component(
        name=name,
        version=version,
        bom_ref=str(url),
        purl=url,
        scope=scope,
        licenses=licences.get((name, version), []),
        hashes=_hashes(package.hashes),
    )


def _vendored(root: Path) -> Iterable[Component]:
    """Yield the JavaScript packages that are served with the pages, each with its files."""
    entries = json.loads((root / VENDORED / "versions.json").read_text())
    for name, group in groupby(
        sorted(entries, key=lambda entry: str(entry["name"])), lambda entry: entry["name"]
    ):
        files = list(group)
        namespace, _, bare = str(name).rpartition("/")
        url = PackageURL("npm", namespace=namespace or None, name=bare, version=files[0]["version"])
        yield Component(
            name=str(name),
            version=files[0]["version"],
            bom_ref=str(url),
            purl=url,
            scope=ComponentScope.REQUIRED,
            licenses=_licences(files[0]["licence"]),
            components=[_file(file["file"], file["sha256"]) for file in files],
        )


def _file(name: str, sha256: str) -> Component:
    path = str(VENDORED / name)
    return Component(name=path, type=ComponentType.FILE, bom_ref=path, hashes=[_hash(sha256)])


def _hashes(digests: Iterable[str]) -> list[HashType]:
    return [_hash(digest) for digest in digests]


def _hash(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _licences(text: str) -> list[License]:
    return [LicenseFactory().make_from_string(text)] if text else []


def _read_block(block: str) -> Locked:
    via = _VIA.findall(block)
    return Locked(
        Requirement(block.splitlines()[0].rstrip(" \\")),
        re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block),
        {name.removeprefix("-r ") for name in via if name.startswith("-r ")},
        {name for name in via if not name.startswith("-")},
    )
