from django.urls import re_path

from moderation.legacy import views

# As groups.calls.is_call says.
urlpatterns = [re_path(r"^(?:wsim/)?report/?$", views.ReportCall.as_view(), name="report")]
