from django.urls import re_path

from uploads.calls import KINDS
from uploads.legacy import views

_VIEWS = {
    "writev1": views.KindUpload,
    "writev2": views.KindUpload,
    "writev3": views.VideoUpload,
    "avatar": views.AvatarUpload,
}

# Every call also answers below /wsim/, and with a slash at its end.
urlpatterns = [
    re_path(rf"^(?:wsim/)?upload/{name}/?$", _VIEWS[name].as_view(kinds=kinds), name=name)
    for name, kinds in KINDS.items()
]
