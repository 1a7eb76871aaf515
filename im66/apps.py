from django.apps import AppConfig


class Im66Config(AppConfig):
    name = "im66"

    def ready(self) -> None:
        from chat.delivery.runtime import add_background_task
        from im66.operating import hub_lag, one_database
        from im66.operating.figures import count_batch
        from log.signals import batch_committed

        add_background_task(hub_lag.watch)
        add_background_task(one_database.watch)
        batch_committed.connect(count_batch)
