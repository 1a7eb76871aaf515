"""How the code is cut: no file of the product is longer than a reader can keep in mind."""

from testkit.server import ROOT

MAX_LINES = 400
SUFFIXES = (".py", ".js", ".css", ".html")
FOLDERS = (
    "accounts",
    "chat",
    "firstserver",
    "groups",
    "im66",
    "keeping",
    "moderation",
    "log",
    "notifications",
    "server",
    "static",
    "templates",
    "uploads",
    "web",
)
# Written by other people, or by Django.
EXCEPT = ("vendor", "migrations")


def test_no_file_is_longer_than_400_lines() -> None:
    files = [
        file
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*")
        if file.suffix in SUFFIXES and not any(part in EXCEPT for part in file.parts)
    ]
    assert len(files) > 500
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}
