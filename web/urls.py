from django.urls import path

from web.views import page

urlpatterns = [path("", page, name="page")]
