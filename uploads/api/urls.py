from django.urls import path

from accounts.api.views import Me
from uploads.api.views import Uploads
from uploads.selectors import picture_path

urlpatterns = [
    path("uploads", Uploads.as_view()),
    # A part of accounts, which does not know what is stored here.
    path("me", Me.as_view(picture=picture_path)),
]
