from django.urls import path

from accounts.api import views

urlpatterns = [
    path("users", views.Users.as_view()),
    path("users/<str:userid>", views.User.as_view()),
]
