from django.urls import include, path, re_path

from uploads import media, names
from uploads.documents import serving

urlpatterns = [
    path("", include("uploads.legacy.urls")),
    re_path(r"^(?:wsim/)?media/(?P<name>[^/]+)$", media.media, name="media"),
    re_path(rf"^files/(?P<name>{names.PATTERN})$", media.expiring_media),
    re_path(r"^files/(?P<id_>[0-9a-f]{32})\.file$", serving.file, name="file"),
    re_path(r"^files/(?P<id_>[0-9a-f]{32})\.file\.jpg$", serving.preview),
]
