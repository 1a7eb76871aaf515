from django.urls import re_path

from uploads.legacy import views

_CALLS = {
    "writev1": views.VoiceUpload,
    "writev2": views.PictureUpload,
    "writev3": views.VideoUpload,
    "avatar": views.AvatarUpload,
}

# Every call also answers below /wsim/, and with a slash at its end.
urlpatterns = [
    re_path(rf"^(?:wsim/)?upload/{name}/?$", view.as_view(), name=name) for name, view in _CALLS.items()
]
