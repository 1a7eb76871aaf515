from django.urls import path

from groups.api import links, views

urlpatterns = [
    path("groups", views.Groups.as_view()),
    path("groups/<str:group>", views.OneGroup.as_view()),
    path("groups/<str:group>/members", views.Members.as_view()),
    path("groups/<str:group>/confirmations", views.Confirmations.as_view()),
    path("groups/<str:group>/links", links.Links.as_view()),
    path("groups/<str:group>/links/<str:code>", links.OneLink.as_view()),
    path("groups/<str:group>/requests", links.Requests.as_view()),
    path("join/<str:code>", links.Join.as_view()),
    path("groups/<str:group>/members/<str:userid>", views.OneMember.as_view()),
]
