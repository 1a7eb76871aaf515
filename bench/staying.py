"""Fills a database with people who joined and left a group many times: `python -m bench.staying PEOPLE
PERIODS`.

They have read nothing. Each membership period has one message of another person.
"""

import os
import sys

import django

GROUP = 1


def stay(people: int, periods: int) -> None:
    """Create the people and their membership periods, as the server would store them."""
    from accounts.services import ensure_users
    from bench.generate import analyze, generate
    from log.models import Membership, Message

    generate(2 * periods + 2)
    ids = list(Message.objects.order_by("id").values_list("id", flat=True)[1 : 2 * periods : 2])
    Message.objects.filter(id__in=ids).update(group_id=GROUP, recipient_id=None)
    userids = [f"stayer{number}" for number in range(people)]
    ensure_users(userids)
    Membership.objects.bulk_create(
        [
            Membership(group_id=GROUP, user_id=userid, since_id=id_ - 1, until_id=id_ + 1, last_id=id_)
            for userid in userids
            for id_ in ids
        ],
        batch_size=5000,
    )
    analyze()


def main(people: int, periods: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    stay(people, periods)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
