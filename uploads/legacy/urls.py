from django.urls import re_path

from uploads.legacy import views

_CALLS = {
    "writev1": views.writev1,
    "writev2": views.writev2,
    "writev3": views.writev3,
    "avatar": views.avatar,
}

# Every call also answers below /wsim/, and with a slash at its end.
urlpatterns = [re_path(rf"^(?:wsim/)?upload/{name}/?$", view, name=name) for name, view in _CALLS.items()]
