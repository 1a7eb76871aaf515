from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "uploads"

    def ready(self) -> None:
        from uploads import checks, pruning  # noqa: F401  they register checks and connect to a signal
