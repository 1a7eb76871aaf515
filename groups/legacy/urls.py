from django.urls import re_path

from groups.calls import NAMES
from groups.legacy import views

# As groups.calls.is_call says.
urlpatterns = [re_path(rf"^(?:wsim/)?{name}/?$", getattr(views, name), name=name) for name in NAMES]
