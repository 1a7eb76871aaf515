from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "uploads"

    def ready(self) -> None:
        from accounts.api.errors import refuse_body
        from accounts.api.paths import is_api
        from uploads import hosts, pruning, references  # noqa: F401  the first registers a check
        from uploads.bodies import register_refusal_encoder

        register_refusal_encoder(is_api, refuse_body)
        references.register(pruning.stems_in_avatars)
