from django.urls import path

from chat.views import page

urlpatterns = [path("", page, name="page")]
