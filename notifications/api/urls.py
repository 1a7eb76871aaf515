from django.urls import path

from notifications.api import hooks, push
from notifications.api.me import Me
from uploads.selectors import picture_path

urlpatterns = [
    path("me", Me.as_view(picture=picture_path)),
    path("push", push.Push.as_view()),
    path("push/subscriptions", push.Subscriptions.as_view()),
    path("groups/<str:group>/hooks", hooks.Hooks.as_view()),
    path("groups/<str:group>/hooks/<str:hook>", hooks.OneHook.as_view()),
]
