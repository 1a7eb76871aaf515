"""The locks hold what the requirements ask for, and say how to be sure of it. If not: `make lock`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from testkit.releasing.sbom import Locked, read_lock

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = sorted(path.name for path in ROOT.glob("requirements*.txt"))
PLATFORMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]

each = pytest.mark.parametrize("requirements_file", REQUIREMENTS)


def requirements(requirements_file: str) -> list[Requirement]:
    """Those of a file, and of the files that it includes."""
    results: list[Requirement] = []
    for line in (ROOT / requirements_file).read_text().splitlines():
        if line.startswith("-r "):
            results += requirements(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            results.append(Requirement(line))
    return results


def locked(requirements_file: str) -> list[Locked]:
    """What is installed for a requirements file."""
    return read_lock((ROOT / requirements_file).with_suffix(".lock"))


def environments() -> list[dict[str, str]]:
    return [
        {
            **cast(dict[str, str], default_environment()),
            "platform_python_implementation": "CPython",
            "python_version": python,
            "python_full_version": f"{python}.9",
            "sys_platform": platform,
            "platform_machine": machine,
        }
        for platform, machine in PLATFORMS
        for python in PYTHONS
    ]


def installed(requirements_: list[Requirement], environment: dict[str, str]) -> dict[str, Requirement]:
    """What is asked for there, by name."""
    return {
        canonicalize_name(one.name): one
        for one in requirements_
        if one.marker is None or one.marker.evaluate(environment)
    }


def versions(packages: Iterable[Requirement]) -> set[str]:
    return {f"{canonicalize_name(one.name)}{one.specifier}" for one in packages}


@each
def test_lock_satisfies_its_requirements_on_every_platform(requirements_file: str) -> None:
    expected = requirements(requirements_file)
    direct = [one.requirement for one in locked(requirements_file) if one.required_by]
    assert expected
    for environment in environments():
        here, there = installed(expected, environment), installed(direct, environment)
        assert versions(there.values()) == versions(here.values())
        for name, one in here.items():
            assert one.extras <= there[name].extras


@each
def test_every_package_has_one_version_and_hashes(requirements_file: str) -> None:
    for one in locked(requirements_file):
        assert re.fullmatch(r"==[^*,]+", str(one.requirement.specifier)), one.requirement
        assert one.hashes, one.requirement


@pytest.mark.parametrize(
    "smaller",
    [requirements_file for requirements_file in REQUIREMENTS if requirements_file != "requirements-dev.txt"],
)
def test_locks_agree_on_versions(smaller: str) -> None:
    everything = versions(one.requirement for one in locked("requirements-dev.txt"))
    assert versions(one.requirement for one in locked(smaller)) <= everything


@each
def test_lock_contains_no_url(requirements_file: str) -> None:
    assert "://" not in (ROOT / requirements_file).with_suffix(".lock").read_text()
