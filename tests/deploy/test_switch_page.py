"""docs/switch.md: its commands, as they are written, from the first server's Redis to phones that chat."""

import re
from pathlib import Path

import pytest

from tests.deploy.blocks import blocks
from tests.deploy.throwaway import ANSWERED, ASKS, RUN_MODULE, run

COMMANDS = "".join(block.text for block in blocks("switch.md"))
# The first server, as far as it is needed: its Redis, and a file that it has stored.
BEFORE = f"""
"$REDIS" --port 6379 --bind 127.0.0.1 --save "" --dir /tmp >/dev/null &
{RUN_MODULE % "tests.deploy.switching redis"}
"""
CHECK = f"""
echo "as it was" >/var/lib/firstserver/emovideo/12_0f0f0f0f.jpg
grep "Set up for the shipped apps (IM66_CLIENTS=shipped)." /var/log/im66.log
if im66 importfirstserver redis://127.0.0.1:1/1; then exit 1; fi
test "$(curl -so /dev/null -w '%{{http_code}} %{{redirect_url}}' http://live.example.org/admin/)" = "301 https://chat.example.org/admin/"
{RUN_MODULE % "tests.deploy.switching phones"}
test "$(ls /var/backups/im66/*.tar | wc -l)" = 1
echo "All of it holds."
"""


@pytest.mark.slow
def test_commands_of_the_switch_page_lead_to_phones_that_chat(tmp_path: Path) -> None:
    hosts = ["chat.example.org", *re.search(r'APPS="(.*)"', COMMANDS)[1].split()]  # type: ignore[index]
    run(tmp_path, hosts, BEFORE + COMMANDS.replace(ASKS, ANSWERED) + CHECK)
