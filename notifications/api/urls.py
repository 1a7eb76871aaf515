from django.urls import path

from notifications.api import hooks, push, webhooks

urlpatterns = [
    path("push", push.Push.as_view()),
    path("push/subscriptions", push.Subscriptions.as_view()),
    path("me/push-devices", push.Devices.as_view()),
    path("me/push-devices/<str:device>", push.OneDevice.as_view()),
    path("webhooks", webhooks.Webhooks.as_view()),
    path("webhooks/<str:webhook>", webhooks.OneWebhook.as_view()),
    path("webhooks/<str:webhook>/deliveries", webhooks.Deliveries.as_view()),
    path("webhooks/<str:webhook>/resend", webhooks.Resend.as_view()),
    path("webhooks/<str:webhook>/replay", webhooks.Replay.as_view()),
    path("groups/<str:group>/hooks", hooks.Hooks.as_view()),
    path("groups/<str:group>/hooks/<str:hook>", hooks.OneHook.as_view()),
    path("groups/<str:group>/hooks/<str:hook>/commands", hooks.HookCommands.as_view()),
]
