"""`manage.py signsessions`: signs all browser sessions again, before a fallback secret key is removed."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.authentication import browser_sessions
from im66.startup import require_tables


class Command(BaseCommand):
    help = (
        "Sign all browser sessions with IM66_SECRET_KEY. Then IM66_SECRET_KEY_FALLBACKS can be removed, and"
        " nobody has to sign in again."
    )

    def handle(self, **options: Any) -> None:
        require_tables()
        number = browser_sessions.sign_again()
        self.stdout.write(f"{number} browser sessions are signed with IM66_SECRET_KEY.")
