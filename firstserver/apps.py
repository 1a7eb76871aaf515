from django.apps import AppConfig


class FirstServerConfig(AppConfig):
    name = "firstserver"
    verbose_name = "First server"
