from django.urls import path

from uploads.api.files import NewFiles, UnfinishedFile
from uploads.api.views import Uploads

urlpatterns = [
    path("uploads", Uploads.as_view()),
    path("uploads/files", NewFiles.as_view()),
    path("uploads/files/<str:upload>", UnfinishedFile.as_view()),
]
