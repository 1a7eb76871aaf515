from django.apps import AppConfig


class LogConfig(AppConfig):
    name = "log"
    # The admin shows its groups and nothing else, and also lists Django's own groups, which hold permissions.
    verbose_name = "Chat groups"

    def ready(self) -> None:
        from accounts import signals
        from log import changes

        signals.record_with(changes.append_account_status)
