from django.urls import include, path, re_path

from uploads import media

urlpatterns = [
    path("", include("uploads.legacy.urls")),
    re_path(r"^(?:wsim/)?media/(?P<name>[^/]+)$", media.media, name="media"),
]
