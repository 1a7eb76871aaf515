"""Where everything is."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("uploads.urls")),
    path("", include("groups.urls")),
    path("", include("chat.urls")),
]
