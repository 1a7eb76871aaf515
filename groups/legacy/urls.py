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
    re_path(rf"^(?:wsim/)?{name}/?$", view.as_view(), name=name)
    for name, view in [
        *((name, _VIEWS[name]) for name in NAMES),
        *((name, views.Answered) for name in ANSWERED),
    ]
]
