from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        from accounts import figures, texts
        from chat.delivery.runtime import add_background_task, on_start
        from chat.readers.reader import register
        from moderation import (
            announcements,
            keys,  # noqa: F401  it connects to signals
        )
        from moderation.counting.counters import Counters
        from moderation.counting.heartbeats import keep_beating
        from moderation.reports import mailing, queue, snapshots
        from moderation.rules import registry
        from moderation.rules.screening import Flags, Screening
        from uploads import references

        register(Counters())
        add_background_task(keep_beating)
        register(Flags())
        on_start(registry.read_current)
        add_background_task(registry.keep_current)
        add_background_task(registry.keep_writing_hits)
        add_background_task(mailing.send_all)
        add_background_task(announcements.send_all)
        texts.install_screen(Screening())
        figures.register(*queue.FIGURES)
        references.register(snapshots.evidence_stems)
