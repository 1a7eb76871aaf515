"""The list of what a release contains: all of it, and in a form that others read."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.sbom import LOCKS, Release, installed_licences, read_lock, sbom
from testkit.server import ROOT
from testkit.vendoring import VERSIONS

RELEASE = Release(ROOT, "0.2.0", "ab" * 20, datetime(2026, 1, 2, tzinfo=UTC), "cd" * 32)


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sbom(RELEASE))
    return found


def components(listed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {component["purl"]: component for component in listed["components"]}


def test_sbom_names_release_hash_and_licence(listed: dict[str, Any]) -> None:
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    about = listed["metadata"]
    assert about["timestamp"] == "2026-01-02T00:00:00+00:00"
    assert about["component"]["name"] == "im66"
    assert about["component"]["version"] == "0.2.0"
    assert about["component"]["hashes"] == [{"alg": "SHA-256", "content": "cd" * 32}]
    assert about["component"]["licenses"] == [{"license": {"id": "MIT"}}]


def test_sbom_is_valid_cyclonedx(listed: dict[str, Any]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(listed)) is None
    assert validator.validate_str(json.dumps({**listed, "more": 1})) is not None


def test_sbom_is_reproducible() -> None:
    assert sbom(RELEASE) == sbom(RELEASE)
    assert sbom(RELEASE) != sbom(RELEASE._replace(commit="ef" * 20))


@pytest.mark.parametrize("lock", LOCKS)
def test_sbom_lists_every_locked_package(listed: dict[str, Any], lock: str) -> None:
    listed_components = components(listed)
    # Read in another way than the list is made.
    blocks = re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==(\S+) ?(.*(?:\n .*)+)", (ROOT / lock).read_text(), re.M)
    assert len(blocks) == (ROOT / lock).read_text().count("==") - (ROOT / lock).read_text().count(" == ")
    for name, version, text in blocks:
        component = listed_components[f"pkg:pypi/{name}@{version}"]
        assert (component["name"], component["version"]) == (name, version)
        hashes = {one["content"] for one in component["hashes"] if one["alg"] == "SHA-256"}
        assert hashes == set(re.findall(r"sha256:(\w+)", text)) != set()


def test_sbom_lists_every_vendored_file(listed: dict[str, Any]) -> None:
    files = {
        (component["name"], component["version"], file["name"], file["hashes"][0]["content"])
        for component in listed["components"]
        for file in component.get("components", [])
    }
    folder = VERSIONS.parent.relative_to(ROOT)
    assert files == {
        (one["name"], one["version"], str(folder / one["file"]), one["sha256"])
        for one in json.loads(VERSIONS.read_text())
    }
    served = {str(path.relative_to(ROOT)) for path in VERSIONS.parent.glob("*.js")}
    assert {name for _, _, name, _ in files} == served


def test_sbom_components_have_licences(listed: dict[str, Any]) -> None:
    without = {one["name"] for one in listed["components"] if not one.get("licenses")}
    assert without <= {"async-timeout", "colorama", "tzdata"}
    listed_components = components(listed)
    django = next(one for purl, one in listed_components.items() if purl.startswith("pkg:pypi/django@"))
    assert django["licenses"] == [{"license": {"acknowledgement": "declared", "id": "BSD-3-Clause"}}]


def test_sbom_marks_packages_of_settings_as_optional(listed: dict[str, Any]) -> None:
    scopes = {one["name"]: one["scope"] for one in listed["components"]}
    assert {"boto3"} <= {name for name, scope in scopes.items() if scope == "optional"}
    assert {"django", "h11", "preact"} <= {name for name, scope in scopes.items() if scope == "required"}


def test_sbom_has_the_dependency_graph(listed: dict[str, Any]) -> None:
    names = {one["bom-ref"]: one["name"] for one in listed["components"]}
    needed = {
        names.get(one["ref"], one["ref"]): {names[ref] for ref in one.get("dependsOn", [])}
        for one in listed["dependencies"]
    }
    assert needed["django"] >= {"asgiref", "sqlparse"}
    assert {"django", "preact", "boto3"} <= needed["im66"]
    assert "sqlparse" not in needed["im66"]
    reached, new = set[str](), {"im66"}
    while new:
        reached |= new
        new = set[str]().union(*(needed[name] for name in new)) - reached
    assert reached == {"im66", *names.values()}


def test_sbom_of_another_installed_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (package,) = (one for one in read_lock(ROOT / "requirements.lock") if one.requirement.name == "django")
    licences = {key: value for key, value in installed_licences().items() if key[0] != "django"}
    monkeypatch.setattr("testkit.releasing.sbom.installed_licences", lambda: licences)
    with pytest.raises(ReleaseRefused, match=rf"^django {re.escape(package.version)} is not installed"):
        sbom(RELEASE)
