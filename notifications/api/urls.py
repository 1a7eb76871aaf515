from django.urls import path

from notifications.api import hooks, push

urlpatterns = [
    path("push", push.Push.as_view()),
    path("push/subscriptions", push.Subscriptions.as_view()),
    path("groups/<str:group>/hooks", hooks.Hooks.as_view()),
    path("groups/<str:group>/hooks/<str:hook>", hooks.OneHook.as_view()),
]
