from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        # These modules connect receivers of signals.
        from chat import receivers  # noqa: F401
        from chat.delivery import runtime  # noqa: F401
