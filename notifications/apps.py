from django.apps import AppConfig
from django.conf import settings


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from accounts import figures, texts
        from accounts.authentication import proving
        from chat.delivery.runtime import add_background_task, on_start
        from chat.readers.reader import register
        from chat.services import cards
        from notifications import (
            bots,
            checker,
            pushing,  # noqa: F401  receives signals
            slash,
        )
        from notifications.figures import FIGURES
        from notifications.notices import joining, outbox  # noqa: F401  receive signals
        from notifications.notices.reading import Notices
        from notifications.providers import (  # noqa: F401  each registers
            apns,
            fcm,
            first_server,
            getui,
            huawei,
            jpush,
            web_push,
            webhook,
            xiaomi,
        )
        from notifications.providers.devices import configured_apps
        from notifications.sending.sender import send_all

        configured_apps()
        proving.install_bots(bots.userid_of_secret)
        texts.install_checker(checker.make_checker)
        cards.set_press_handler(outbox.note_press)
        register(Notices())
        add_background_task(checker.keep_connections_open)
        add_background_task(send_all)
        add_background_task(slash.call_all)
        if settings.IM66.link_previews:
            from notifications.previews import finding

            on_start(finding.skip_missed_messages)
            register(finding.Previews())
            add_background_task(finding.fetch_previews)
        figures.register(*FIGURES, *checker.FIGURES)
