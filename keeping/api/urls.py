from django.urls import path

from accounts.api.logins import MyLogin, MyLogins
from accounts.api.sign_in_codes import LoginCode, LoginCodeConfirmed, LoginCodeRefused
from keeping.api import account, groups, people
from keeping.api.groups import connections_of
from uploads.selectors import own_picture_path

urlpatterns = [
    path("me", account.Me.as_view(picture=own_picture_path)),
    path("me/account", account.MyAccount.as_view()),
    path("me/export", account.MyExport.as_view()),
    path("me/export/file", account.MyExportFile.as_view()),
    path("me/deletion", account.MyDeletion.as_view()),
    path("groups/by-id/<str:foreign>", groups.GroupById.as_view()),
    path("users", people.Users.as_view()),
    path("users/bulk", people.Bulk.as_view(), {"userid": "bulk"}),
    path("users/<str:userid>", people.OneDirectoryUser.as_view()),
    path("me/logins", MyLogins.as_view(connections=connections_of)),
    path("me/logins/code", LoginCode.as_view()),
    path("me/logins/code/confirm", LoginCodeConfirmed.as_view()),
    path("me/logins/code/refuse", LoginCodeRefused.as_view()),
    path("me/logins/<str:login>", MyLogin.as_view()),
]
