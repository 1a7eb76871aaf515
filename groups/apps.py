from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "groups"

    def ready(self) -> None:
        import groups.pictures.refreshing  # noqa: F401  its receivers connect to signals
        from groups.calls import is_group_call
        from groups.replies import refuse_body
        from groups.selectors import picture_stems
        from uploads import references
        from uploads.bodies import register_refusal_encoder

        register_refusal_encoder(is_group_call, refuse_body, is_always_200=True)
        references.register(picture_stems)
