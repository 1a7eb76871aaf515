from django.apps import AppConfig


class LogConfig(AppConfig):
    name = "log"
    # The admin shows its groups and nothing else, and also lists Django's own groups, which hold permissions.
    verbose_name = "Chat groups"
