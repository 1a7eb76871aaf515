from django.apps import AppConfig


class Im66Config(AppConfig):
    name = "im66"

    def ready(self) -> None:
        from chat.delivery.runtime import accompany
        from chat.signals import batch_committed
        from im66.operating import hub_lag, one_database
        from im66.operating.figures import count_batch

        accompany(hub_lag.watch)
        accompany(one_database.watch)
        batch_committed.connect(count_batch)
