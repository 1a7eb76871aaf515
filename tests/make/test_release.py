"""`make release`: one command makes a version, or leaves nothing."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.releasing import CONTAINER_FILES, SUMS, build, build_tagged
from testkit.server import ROOT
from tests.make.copying import copy_of_this_project
from tests.make.releases import CHANGELOG, INIT, SECTION, Project
from tests.make.test_hooks import recipe

NAME = "im66-0.2.0"
FILES = [
    SUMS,
    f"{NAME}-container.tar.gz",
    f"{NAME}-notes.md",
    f"{NAME}-py2.py3-none-any.whl",
    f"{NAME}.cdx.json",
    f"{NAME}.tar.gz",
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    begun = Project(tmp_path / "project")
    begun.begin()
    return begun


def test_release_is_built_with_a_signed_tag(project: Project) -> None:
    release = project.release()
    assert project.git("rev-parse", "v0.2.0^{commit}") == project.git("rev-parse", "main")
    project.git("verify-tag", "v0.2.0")
    assert project.git("status", "--porcelain") == ""
    assert sorted(path.name for path in (project.folder / "dist/0.2.0").iterdir()) == FILES
    assert all(f"dist/0.2.0/{name}" in release for name in FILES)
    assert "git push --atomic origin main v0.2.0" in release
    assert project.read(f"dist/0.2.0/{NAME}-notes.md") == SECTION


def test_make_release_runs_with_and_without_dry_run(project: Project) -> None:
    assert recipe("release") == ['@.venv/bin/python -m testkit.releasing "$(VERSION)" $(ARGS)']
    program = [sys.executable, "-m", "testkit.releasing"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *arguments], cwd=project.folder, env=environment, capture_output=True, text=True
        )

    refused, tried = typed(""), typed("0.2.0", "--dry-run")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "Say which version, as in: make release VERSION=1.2.3.\n"
    assert (tried.returncode, tried.stderr) == (0, "")
    assert tried.stdout.startswith("The checks ran.\ndist/0.2.0/")
    assert "A dry run: there is no tag v0.2.0." in tried.stdout
    assert project.git("tag") == "v0.1.0"


def uncommitted(project: Project) -> None:
    project.write("notes.txt", "Later.")


def on_another_branch(project: Project) -> None:
    project.git("switch", "--quiet", "--create", "other")


def without_its_section(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("0.2.0", "0.3.0"))
    project.commit()


def with_a_section_that_has_no_date(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("2026-02-01", "unreleased"))
    project.commit()


def without_the_part_for_operators(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("What operators", "What nobody"))
    project.commit()


def with_an_empty_part_for_operators(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("Restart.", ""))
    project.commit()


def of_another_version(project: Project) -> None:
    project.write("im66/__init__.py", INIT.replace("0.2.0", "0.2.1"))
    project.commit()


def with_checks_that_fail(project: Project) -> None:
    project.check = ["false"]


def after_a_higher_one(project: Project) -> None:
    project.git("tag", "v0.10.0")


def when_there_is_the_tag(project: Project) -> None:
    project.git("tag", "v0.2.0")


REFUSED = [
    (uncommitted, "Something is not committed."),
    (on_another_branch, "Releases are made on the branch main."),
    (without_its_section, 'CHANGELOG.md does not begin with "## 0.2.0 (DATE)".'),
    (
        with_a_section_that_has_no_date,
        "CHANGELOG.md says that 0.2.0 is unreleased: write the date in place of it.",
    ),
    (without_the_part_for_operators, 'CHANGELOG.md does not say under 0.2.0: "### What operators must do".'),
    (
        with_an_empty_part_for_operators,
        'CHANGELOG.md does not say under 0.2.0: "### What operators must do".',
    ),
    (of_another_version, "im66/__init__.py says 0.2.1, not 0.2.0."),
    (with_checks_that_fail, "false failed."),
    (after_a_higher_one, "0.2.0 is not higher than 0.10.0."),
    (when_there_is_the_tag, "There is a tag v0.2.0 already."),
]


@pytest.mark.parametrize(("change", "why"), REFUSED, ids=[change.__name__ for change, _ in REFUSED])
def test_release_of_unsuitable_tree_is_rejected(project: Project, change: object, why: str) -> None:
    assert callable(change)
    change(project)
    before = project.state()
    with pytest.raises(ReleaseRefused, match=f"^{re.escape(why)}$"):
        project.release()
    assert project.state() == before


@pytest.mark.parametrize("version", ["", "1", "0.2", "v0.2.0", "0.2.0rc1", "0.02.0", "0.2.0.0"])
def test_release_version_is_three_numbers(project: Project, version: str) -> None:
    with pytest.raises(ReleaseRefused, match=r"^Say which version"):
        project.release(version)


@pytest.mark.parametrize("step", ["build", "pack_container_files", "sbom", "write_sums"])
def test_failed_release_leaves_nothing(project: Project, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    before = project.state()
    monkeypatch.setattr(f"testkit.releasing.releasing.{step}", fail)
    with pytest.raises(KeyboardInterrupt):
        project.release()
    assert project.state() == before


def test_release_without_signing_key_leaves_nothing(project: Project) -> None:
    project.git("config", "user.signingkey", "/nowhere")
    with pytest.raises(ReleaseRefused, match=r"^git tag: "):
        project.release()
    assert project.git("tag") == "v0.1.0"
    assert list((project.folder / "dist").iterdir()) == []


def test_release_is_reproducible_and_its_digests_match(
    project: Project,
) -> None:
    project.release(dry_run=True)
    dist = project.folder / "dist/0.2.0"
    digests = {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in FILES[1:]}
    sums = "".join(f"{sha}  {name}\n" for name, sha in digests.items())
    assert (dist / SUMS).read_text() == sums
    project.git("config", "tar.umask", "0077")
    project.git("tag", "v0.2.0")
    build_tagged(project.folder, "0.2.0")
    assert (dist / SUMS).read_text() == sums


def test_release_of_tag_not_checked_out_is_rejected(project: Project) -> None:
    project.git("tag", "v0.2.0")
    project.commit()
    with pytest.raises(ReleaseRefused, match=r"^The tag v0\.2\.0 is not checked out\.$"):
        build_tagged(project.folder, "0.2.0")


@pytest.mark.slow
def test_source_archive_works_and_has_container_files(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    copy_of_this_project(project.folder)
    project.begin_history()
    version = re.findall(r'__version__ = "(.*)"', project.read("im66/__init__.py"))[0]
    name = f"im66-{version}"
    build(project.folder, tmp_path)
    with tarfile.open(tmp_path / f"{name}.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")

    def run(*command: str) -> str:
        environment = {**os.environ, "IM66_DATA_DIR": str(tmp_path / "data")}
        done = subprocess.run(
            command, cwd=tmp_path / name, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    assert "im66 demo --host 127.0.0.1" in run("make", "-n", "run")
    run(sys.executable, "manage.py", "migrate", "--verbosity", "0")
    assert run(sys.executable, "-m", "im66", "--version").strip() == version
    assert os.access(tmp_path / name / "deploy" / "im66", os.X_OK)
    assert [path for path in CONTAINER_FILES if not (tmp_path / name / path).exists()] == []
