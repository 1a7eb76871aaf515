"""The URLs of all apps."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.api.paths import ROOT, SCIM

admin.site.site_header = admin.site.site_title = "im66"

handler403 = "web.failures.refused"
handler404 = "web.failures.not_found"
handler500 = "web.failures.failed"

urlpatterns = [
    # Browsers request it for pages that name no icon, such as the admin's.
    path("favicon.ico", RedirectView.as_view(url=static("im66/favicon.svg"))),
    path("admin/", admin.site.urls),
    path(ROOT.lstrip("/"), include("im66.api_urls")),
    path(f"{SCIM.lstrip('/')}v2/", include("keeping.scim.urls")),
    path("", include("uploads.urls")),
    path("", include("groups.legacy.urls")),
    path("", include("moderation.legacy.urls")),
    path("", include("notifications.urls")),
    path("", include("keeping.urls")),
    path("", include("web.urls")),
]
