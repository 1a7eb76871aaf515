"""docs/operations.md: its commands, from a bare Debian to a served host, in a root that is thrown away."""

from pathlib import Path

import pytest

from testkit.server import ROOT
from tests.deploy.throwaway import commands, run

PAGE = (ROOT / "docs/operations.md").read_text()
CHINESE = (ROOT / "docs/operations.zh-hans.md").read_text()
# What holds afterwards.
CHECK = """
admins='from accounts.models import User; print(User.objects.filter(is_superuser=True).count())'
test "$(im66 shell -v0 -c "$admins")" = 1
for path in metrics healthz readyz stored/x; do
    test "$(curl -so /dev/null -w '%{http_code}' "https://$HOST/$path")" = 404
done
runuser -u im66 -- sh -c 'mkdir -p /var/lib/im66/media && echo seen >/var/lib/im66/media/probe'
runuser -u www-data -- cat /var/lib/im66/media/probe
if runuser -u www-data -- cat /etc/im66/im66.env /var/lib/im66/im66.sqlite3; then exit 1; fi
if runuser -u im66 -- touch /opt/im66/manage.py; then exit 1; fi
grep "no capabilities, Landlock" /var/log/im66.log
test "$(ls /var/backups/im66/*.tar | wc -l)" = 2
echo "All of it holds."
"""


def first_chapter(page: str) -> str:
    return page[page.index("\n## ") : page.index("\n## ", page.index("\n## ") + 1)]


def test_the_chinese_page_has_the_same_commands() -> None:
    assert len(commands(first_chapter(PAGE))) == 7
    assert commands(first_chapter(CHINESE)) == commands(first_chapter(PAGE))


@pytest.mark.slow
def test_the_commands_lead_to_a_served_host(tmp_path: Path) -> None:
    run(tmp_path, ["chat.example.org"], "".join(commands(first_chapter(PAGE))), CHECK)
