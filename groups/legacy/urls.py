from django.urls import re_path

from groups.calls import ANSWERED, NAMES
from groups.legacy import views

_VIEWS = {
    "creategrp": views.CreateGroup,
    "addmembers": views.AddMembers,
    "delmembers": views.RemoveMembers,
    "editgrp": views.EditGroup,
    "querymygrps": views.GroupsOfUser,
    "grpinfo": views.GroupInfo,
}

# As groups.calls.is_call says.
urlpatterns = [
    re_path(rf"^(?:wsim/)?{name}/?$", _VIEWS.get(name, views.Answered).as_view(), name=name)
    for name in (*NAMES, *ANSWERED)
]
