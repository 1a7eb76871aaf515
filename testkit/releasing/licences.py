"""The licence of each package, as the package itself says it."""

from importlib.metadata import PackageNotFoundError, metadata

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.spdx import fixup_id, is_expression

from testkit.locks import Locked
from testkit.releasing.errors import Refused

# On Windows, and before Python 3.11.3: they are not installed where releases are made.
ELSEWHERE = {"async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause", "tzdata": "Apache-2.0"}

_CLASSIFIER = "License :: "


def licences_of(package: Locked) -> list[License]:
    """What it is under. Raises Refused if another version is installed, or none."""
    name = package.requirement.name
    try:
        about = metadata(name)
    except PackageNotFoundError:
        if name in ELSEWHERE:
            return licences_of_text(ELSEWHERE[name])
        raise Refused(f"{name} is not installed, so nothing says its licence.") from None
    if about["Version"] != package.version:
        raise Refused(f"{name} {about['Version']} is installed, and {package.version} is locked.")
    named = next(iter(about.get_all("License-Expression") or about.get_all("License") or []), "")
    if is_in_spdx(named):
        return licences_of_text(named)
    classified = [
        value.rpartition(" :: ")[2]
        for value in about.get_all("Classifier") or []
        if value.startswith(_CLASSIFIER)
    ]
    found: list[License] = [DisjunctiveLicense(name=value) for value in classified] or licences_of_text(named)
    if not found:
        raise Refused(f"{name} does not say its licence.")
    return found


def is_in_spdx(text: str) -> bool:
    """Whether it is a name or an expression of SPDX."""
    return fixup_id(text) is not None or (text != "" and is_expression(text))


def licences_of_text(text: str) -> list[License]:
    return [LicenseFactory().make_from_string(text)] if text else []
