from django.urls import path

from django_im66.views import token
from django_im66.webhooks import webhook

app_name = "im66"
urlpatterns = [path("token", token, name="token"), path("webhook", webhook, name="webhook")]
