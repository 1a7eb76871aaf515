"""Pages about one's own account: cancelling its deletion, and downloading the copy of one's data."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.services import is_open
from keeping.api.account import zip_response
from keeping.own import deletion, exports
from keeping.own.errors import IS_NOT_READY, NotNow
from web.account_views import AFTER_LOGIN


@receiver(user_logged_in)
def show_deletion(request: HttpRequest, user: User, **_: Any) -> None:
    """Redirect a login to the page about the pending deletion of the account, if there is one."""
    if deletion.pending_deletion(user.pk):
        request.session[AFTER_LOGIN] = "leaving"


@never_cache
@login_required
def leaving(request: HttpRequest) -> HttpResponse:
    """Show the date of the account's deletion. A POST cancels it."""
    userid = str(request.user.pk)
    if request.method == "POST":
        try:
            deletion.cancel(userid)
        except NotNow:
            return redirect("login")
        return redirect("page")
    pending = deletion.pending_deletion(userid)
    if pending is None:
        return redirect("page")
    return render(request, "web/accounts/leaving.html", {"due": pending.promised_at})


@never_cache
@login_required
@require_safe
def my_data(request: HttpRequest) -> HttpResponseBase:
    """Download the copy of one's data. The page links here because the API accepts no cookies from links."""
    path = None if is_open() else exports.file_of(str(request.user.pk))
    if path is None:
        raise Http404(gettext(IS_NOT_READY))
    return zip_response(path)
