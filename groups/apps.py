from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "groups"
    # The admin has Django's own groups, of permissions, beside them.
    verbose_name = "Chat groups"

    def ready(self) -> None:
        from groups import receivers  # noqa: F401  they connect to signals
