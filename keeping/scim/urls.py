from django.urls import path, re_path

from keeping.scim import views

urlpatterns = [
    path("ServiceProviderConfig", views.Provider.as_view()),
    path("ResourceTypes", views.ResourceTypes.as_view()),
    path("ResourceTypes/<str:name>", views.ResourceTypes.as_view()),
    path("Schemas", views.Schemas.as_view()),
    path("Schemas/<str:name>", views.Schemas.as_view()),
    re_path(r"(?:Bulk|Me|(?:Users/|Groups/)?\.search)$", views.NotSupported.as_view()),
    path("Users", views.ScimUsers.as_view()),
    path("Users/<str:userid>", views.ScimUser.as_view()),
    path("Groups", views.Groups.as_view()),
    path("Groups/<str:group>", views.Group.as_view()),
    re_path("", views.UnknownPath.as_view()),
]
