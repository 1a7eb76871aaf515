from django.urls import path

from uploads.api.views import Uploads

urlpatterns = [
    path("uploads", Uploads.as_view()),
]
