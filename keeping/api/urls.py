from django.urls import path

from accounts.api.logins import MyLogin, MyLogins
from keeping.api.connections import connections_of

urlpatterns = [
    path("me/logins", MyLogins.as_view(connections=connections_of)),
    path("me/logins/<str:login>", MyLogin.as_view()),
]
