"""`make release`: one command makes a version, or leaves nothing."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from testkit.releasing import archive
from testkit.releasing.errors import Refused
from testkit.releasing.git import Git
from testkit.server import ROOT
from tests.make.copying import copy_of_this_project
from tests.make.releases import CHANGELOG, Project
from tests.make.test_hooks import recipe

FILES = ["im66-0.2.0.cdx.json", "im66-0.2.0.sha256", "im66-0.2.0.tar.gz"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    begun = Project(tmp_path / "project")
    begun.begin()
    return begun


def test_a_release_is_tagged_built_and_told_how_to_push(project: Project) -> None:
    days = [f"{datetime.now(UTC):%Y-%m-%d}"]
    said = project.release("0.2.0")
    days.append(f"{datetime.now(UTC):%Y-%m-%d}")

    assert project.git("log", "-2", "--format=%s") == "Release 0.2.0\nGo on"
    assert project.git("rev-parse", "v0.2.0^{commit}") == project.git("rev-parse", "main")
    assert project.git("cat-file", "-t", "v0.2.0") == "tag"
    assert project.git("status", "--porcelain") == ""
    assert project.read("im66/__init__.py") == '"""A service."""\n\n__version__ = "0.2.0"\n'
    assert project.read("CHANGELOG.md") in [CHANGELOG.replace("unreleased", day) for day in days]
    assert sorted(path.name for path in (project.folder / "dist").iterdir()) == FILES
    assert all(f"dist/{name}" in said for name in FILES)
    assert "git push --atomic origin main v0.2.0" in said


def test_as_it_is_typed(project: Project) -> None:
    assert recipe("release") == ['@.venv/bin/python -m testkit.releasing "$(VERSION)"']
    program = [sys.executable, "-m", "testkit.releasing"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def typed(*versions: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *versions], cwd=project.folder, env=environment, capture_output=True, text=True
        )

    refused, done = typed(""), typed("0.2.0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "Say which version, as in: make release VERSION=1.2.3.\n"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The checks ran.\nv0.2.0 is made, of commit ")


def test_the_first_version_may_be_the_one_that_the_package_has(project: Project) -> None:
    project.git("tag", "--delete", "v0.1.0")
    project.write("CHANGELOG.md", CHANGELOG.partition("## 0.1.0")[0].replace("0.2.0", "0.1.0"))
    project.commit()
    project.release("0.1.0")
    assert project.git("log", "-1", "--format=%s") == "Release 0.1.0"


def uncommitted(project: Project) -> None:
    project.write("notes.txt", "Later.")


def on_another_branch(project: Project) -> None:
    project.git("switch", "--quiet", "--create", "other")


def without_its_section(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("0.2.0", "0.3.0"))
    project.commit()


def with_a_section_that_is_dated(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("unreleased", "2026-02-01"))
    project.commit()


def without_the_part_for_operators(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("What operators", "What nobody"))
    project.commit()


def with_an_empty_part_for_operators(project: Project) -> None:
    project.write("CHANGELOG.md", CHANGELOG.replace("Restart.", ""))
    project.commit()


def with_checks_that_fail(project: Project) -> None:
    project.check = ["false"]


def after_a_higher_one(project: Project) -> None:
    project.git("tag", "-a", "-m", "im66 0.10.0", "v0.10.0")


def when_there_is_the_tag(project: Project) -> None:
    project.git("tag", "v0.2.0")


REFUSED = [
    (uncommitted, "Something is not committed."),
    (on_another_branch, "Releases are made on the branch main."),
    (without_its_section, 'CHANGELOG.md does not begin with "## 0.2.0 (unreleased)".'),
    (with_a_section_that_is_dated, "CHANGELOG.md says that 0.2.0 was released on 2026-02-01."),
    (without_the_part_for_operators, 'CHANGELOG.md does not say under 0.2.0: "### What operators must do".'),
    (
        with_an_empty_part_for_operators,
        'CHANGELOG.md does not say under 0.2.0: "### What operators must do".',
    ),
    (with_checks_that_fail, "false failed."),
    (after_a_higher_one, "0.2.0 is not higher than 0.10.0."),
    (when_there_is_the_tag, "There is a tag v0.2.0 already."),
]


@pytest.mark.parametrize(("change", "why"), REFUSED, ids=[change.__name__ for change, _ in REFUSED])
def test_it_is_refused(project: Project, change: object, why: str) -> None:
    assert callable(change)
    change(project)
    before = project.state()
    with pytest.raises(Refused, match=f"^{re.escape(why)}$"):
        project.release("0.2.0")
    assert project.state() == before


@pytest.mark.parametrize("version", ["", "1", "0.2", "v0.2.0", "0.2.0rc1", "0.02.0", "0.2.0.0"])
def test_a_version_is_three_numbers(project: Project, version: str) -> None:
    with pytest.raises(Refused, match=r"^Say which version"):
        project.release(version)


@pytest.mark.parametrize(
    "step",
    ["archive.pack", "sbom", "archive.write_sums", "shutil.move"],
    ids=lambda step: step.rpartition(".")[2],
)
def test_whatever_fails_nothing_is_left(project: Project, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    before = project.state()
    monkeypatch.setattr(f"testkit.releasing.releasing.{step}", fail)
    with pytest.raises(KeyboardInterrupt):
        project.release("0.2.0")
    assert project.state() == before


def test_if_main_has_moved_meanwhile_nothing_is_left(project: Project) -> None:
    project.check = ["git", "commit", "--quiet", "--allow-empty", "--message", "Go on meanwhile"]
    with pytest.raises(Refused, match=r"^git merge: .*fast-forward"):
        project.release("0.2.0")
    assert project.git("log", "-1", "--format=%s") == "Go on meanwhile"
    assert project.git("tag") == "v0.1.0"
    assert list((project.folder / "dist").iterdir()) == []


def test_the_digests_are_those_of_the_files(project: Project) -> None:
    project.release("0.2.0")
    dist = project.folder / "dist"
    digests = {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in (FILES[2], FILES[0])}
    assert (dist / FILES[1]).read_text() == "".join(f"{sha}  {name}\n" for name, sha in digests.items())


def test_the_same_commit_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    project.release("0.2.0")
    project.git("config", "tar.umask", "0077")
    archive.pack(Git(project.folder), "v0.2.0", "im66-0.2.0", tmp_path / "again.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == (project.folder / "dist" / FILES[2]).read_bytes()


@pytest.mark.slow
def test_what_is_in_the_archive_works(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    copy_of_this_project(project.folder)
    project.write("CHANGELOG.md", CHANGELOG.replace("0.2.0", "99.0.0"))
    project.begin_history()
    project.release("99.0.0")
    name = "im66-99.0.0"
    with tarfile.open(project.folder / "dist" / f"{name}.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")

    def run(*command: str) -> str:
        environment = {**os.environ, "IM66_DATA_DIR": str(tmp_path / "data")}
        done = subprocess.run(
            command, cwd=tmp_path / name, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    assert "manage.py serve --host 127.0.0.1" in run("make", "-n", "run")
    run(sys.executable, "manage.py", "migrate", "--verbosity", "0")
    asks = "import im66; print(im66.__version__)"
    assert run(sys.executable, "manage.py", "shell", "-v0", "-c", asks).strip() == "99.0.0"
    assert os.access(tmp_path / name / "deploy" / "im66", os.X_OK)
