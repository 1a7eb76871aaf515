from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # These modules register checks and connect receivers of signals.
        from accounts import checks, receivers  # noqa: F401
