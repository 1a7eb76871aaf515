"""clients/kotlin, its example and a program of the tests, compiled; and the example as an app."""

import asyncio
import os
import re
import sqlite3
import subprocess
from asyncio.subprocess import PIPE, STDOUT, Process
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from testkit.availability import unavailable
from testkit.node import ROOT, NoNode, node
from tests.support.waiting import until

PACKAGE = ROOT / "clients" / "kotlin"
HERE = Path(__file__).parent
SECONDS = 60.0
COMPILE_SECONDS = 500.0
# What .ci/run installs: the compiler and OkHttp from npm, SQLite and Android's org.json from Debian.
_FROM_NPM = [
    "kotlin-compiler/lib/kotlin-stdlib.jar",
    "kotlin-compiler/lib/kotlinx-coroutines-core-jvm.jar",
    "allure-commandline/dist/plugins/jira-plugin/lib/okhttp-jvm-5.5.0.jar",
    "allure-commandline/dist/plugins/jira-plugin/lib/okio-jvm-3.18.1.jar",
]
_FROM_DEBIAN = ["json-android.jar", "sqlite-jdbc.jar"]


def compiled(folder: Path) -> list[str]:
    """The command that runs one of the programs."""
    modules = _modules()
    jars = [modules / jar for jar in _FROM_NPM] + [Path("/usr/share/java") / jar for jar in _FROM_DEBIAN]
    for jar in jars:
        if not jar.exists():
            unavailable(f"needs {jar}")
    _write_android(folder / "android")
    (folder / "Readme.kt").write_text(_code_for_android())
    made, path = folder / "made", ":".join(map(str, jars))
    sources = [PACKAGE / "src", PACKAGE / "example" / "Chat.kt", HERE / "kotlin"]
    compiler = ["bash", str(modules / "kotlin-compiler" / "bin" / "kotlinc"), "-Werror", "-cp", path]
    parts = [*sources, folder / "Readme.kt", folder / "android"]
    done = subprocess.run(
        [*compiler, "-d", str(made), *map(str, parts)],
        capture_output=True,
        text=True,
        timeout=COMPILE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{made}:{path}"]


def _modules() -> Path:
    try:
        npm = node().npm
    except NoNode as why:
        unavailable(str(why))
    done = subprocess.run([*npm, "root", "--global"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def _write_android(folder: Path) -> None:
    """The compiler of Kotlin reads signatures from Java's sources."""
    for part in re.split(r"^(?=package )", (HERE / "android.txt").read_text(), flags=re.MULTILINE)[1:]:
        package = re.match(r"package ([\w.]+);", part)
        name = re.search(r"^public .*?(?:class|interface) (\w+)", part, re.MULTILINE)
        assert package
        assert name
        place = folder / package[1].replace(".", "/")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name[1]}.java").write_text(part)


def _code_for_android() -> str:
    (code,) = re.findall(
        r"^```kotlin\n(import android.*?)^```$", (PACKAGE / "README.md").read_text(), re.M | re.S
    )
    return str(code)


class App:
    """The example, which runs inside the block and is killed at its end. `database` outlives it."""

    def __init__(
        self, java: list[str], database: Path, url: str, person: str, to: str, token: Path | None = None
    ):
        self.database = database
        self._command = [*java, "ChatKt", url, person, to, str(database)]
        self._environment = {**os.environ, **({"IM66_TOKEN_FILE": str(token)} if token else {})}
        self._process: Process

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, env=self._environment, stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()

    def write(self, *lines: str) -> None:
        assert self._process.stdin
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    async def prints(self, text: str) -> None:
        """Waits until it prints a line with this in it."""
        assert self._process.stdout
        lines: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while line := (await self._process.stdout.readline()).decode():
                    lines.append(line)
                    if text in line:
                        return
        raise AssertionError("".join(lines))

    def rows(self, query: str = "SELECT author, content FROM message ORDER BY id") -> list[Any]:
        with sqlite3.connect(self.database, timeout=SECONDS) as connection:
            return connection.execute(query).fetchall()

    async def has(self, count: int, table: str) -> None:
        """Waits until so many rows are in the table."""
        await asyncio.to_thread(until, lambda: self._count(table) == count)

    def _count(self, table: str) -> int | None:
        if not (self.database.exists() and self.rows(f"SELECT 1 FROM sqlite_master WHERE name = '{table}'")):
            return None
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])
