from django.urls import path

from notifications.api import hooks, me, webhooks

urlpatterns = [
    path("push", me.Push.as_view()),
    path("push/subscriptions", me.Subscriptions.as_view()),
    path("webhooks", webhooks.Webhooks.as_view()),
    path("webhooks/<str:webhook>", webhooks.OneWebhook.as_view()),
    path("webhooks/<str:webhook>/deliveries", webhooks.Deliveries.as_view()),
    path("webhooks/<str:webhook>/resend", webhooks.Resend.as_view()),
    path("webhooks/<str:webhook>/replay", webhooks.Replay.as_view()),
    path("groups/<str:group>/hooks", hooks.Hooks.as_view()),
    path("groups/<str:group>/hooks/<str:hook>", hooks.OneHook.as_view()),
]
