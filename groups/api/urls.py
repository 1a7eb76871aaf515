from django.urls import path

from groups.api import views

urlpatterns = [
    path("groups", views.Groups.as_view()),
    path("groups/<str:group>", views.OneGroup.as_view()),
    path("groups/<str:group>/members", views.Members.as_view()),
    path("groups/<str:group>/members/<str:userid>", views.OneMember.as_view()),
]
