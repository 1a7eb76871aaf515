from django.urls import path

from accounts.api.paths import HOOKS
from notifications.api.writing import Write

urlpatterns = [path(f"{HOOKS.lstrip('/')}<str:token>", Write.as_view())]
