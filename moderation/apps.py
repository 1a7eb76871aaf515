from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        from accounts import figures
        from chat.delivery.runtime import accompany, prepare
        from chat.readers.reader import register
        from chat.services import screening
        from moderation import keys  # noqa: F401  it connects to signals
        from moderation.counting.counters import Counters
        from moderation.counting.heartbeats import beat
        from moderation.reports import files, mailing, queue  # noqa: F401  the first connects to a signal
        from moderation.rules import registry
        from moderation.rules.flagging import Flags
        from moderation.rules.screening import Screening

        register(Counters())
        accompany(beat)
        register(Flags())
        prepare(registry.read_current)
        accompany(registry.keep)
        accompany(registry.count)
        accompany(mailing.send_all)
        screening.install(Screening())
        figures.register(*queue.FIGURES)
