"""The URLs of the API, whose views are in the apps."""

from django.urls import include, path, re_path

from accounts.api.base import UnknownPath
from accounts.api.document import docs, schema

urlpatterns = [
    # First, because `by-id` in `groups/by-id/` is not the id of a group.
    path("", include("keeping.api.urls")),
    path("", include("uploads.api.urls")),
    path("", include("groups.api.urls")),
    path("", include("chat.api.urls")),
    path("", include("moderation.api.urls")),
    path("", include("notifications.api.urls")),
    path("schema", schema, name="api_schema"),
    path("docs", docs, name="api_docs"),
    re_path("", UnknownPath.as_view()),
]
