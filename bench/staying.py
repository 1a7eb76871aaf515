"""Fills a database with people who have been in a group many times: `python -m bench.staying PEOPLE PERIODS`.

One message waits for each of them.
"""

import os
import sys

import django

GROUP = 1


def stay(people: int, periods: int) -> None:
    """Create the people and their membership periods, each of which covers one row of the log."""
    from accounts.services import ensure_users
    from bench.generate import analyze, generate
    from chat import log
    from groups.models import Membership

    generate(2 * periods + 2)
    userids = [f"stayer{number}" for number in range(people)]
    ensure_users(userids)
    Membership.objects.bulk_create(
        [
            Membership(group_id=GROUP, user_id=userid, since_id=2 * number + 1, until_id=2 * number + 2)
            for userid in userids
            for number in range(periods)
        ],
        batch_size=5000,
    )
    analyze()
    log.append([log.Draft("text", "alice", userid, "0.0.unread", "") for userid in userids])


def main(people: int, periods: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    stay(people, periods)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
