from django.urls import re_path

from moderation.legacy import views

# The same paths as in groups.calls.is_call.
urlpatterns = [re_path(r"^(?:wsim/)?report/?$", views.ReportCall.as_view(), name="report")]
