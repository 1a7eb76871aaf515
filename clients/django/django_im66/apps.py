from typing import Any

from django.apps import AppConfig
from django.core.checks import Error, register


class DjangoIm66Config(AppConfig):
    name = "django_im66"
    verbose_name = "Chat"

    def ready(self) -> None:
        from django.contrib.auth import get_user_model
        from django.db.models.signals import post_delete, post_save

        from django_im66 import receivers

        user = get_user_model()
        post_save.connect(receivers.on_saved, user, dispatch_uid="django_im66.saved")
        post_delete.connect(receivers.on_deleted, user, dispatch_uid="django_im66.deleted")
        register(check)


def check(**_: Any) -> list[Error]:
    """What is missing in the setting IM66."""
    from django_im66 import conf

    needed = {"URL": "the address of the server", "TOKEN_SECRET": "what signs tokens"}
    errors = [
        Error(f'IM66["{name}"] is not set: {what}.', id=f"django_im66.E00{number}")
        for number, (name, what) in enumerate(needed.items(), 1)
        if not conf.get(name)
    ]
    if conf.get("ON_DELETE") not in ("ban", "erase", "nothing"):
        errors.append(Error('IM66["ON_DELETE"] is "ban", "erase" or "nothing".', id="django_im66.E003"))
    return errors
