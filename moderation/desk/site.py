"""The admin's site: the stock admin, with the pages of the desk before it.

A page of the desk is a function of a module in this package, which registers it:

    def list_reports(request: HttpRequest, moderator: Moderator) -> HttpResponse:
        return show(request, "admin/desk/reports.html", gettext("Reports"), reports=...)

    register(Page("reports/", list_reports, "reports", READ_DESK, gettext_lazy("Reports")))

`moderation/admin.py` imports the module; nothing else is needed. The page is at `/admin/reports/`, and
`admin:desk_reports` names it. The function is called for those only who have the permission: others get a
page with the status 403, and the audit log tells of it. What the path captures is passed by name. The page
without a path is the front page. A page with a title is in the navigation, in the order of NAVIGATION. What
is in the stock admin gets there by
`register(Link("rules", "admin:moderation_rule_changelist", CHANGE_RULES, gettext_lazy("Rules")))`.

Templates extend `admin/desk/base.html`. The policy allows neither inline scripts nor inline styles: both are
files in `static/im66/desk`.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple, cast

from allauth.core.exceptions import ImmediateHttpResponse
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import sync_and_async_middleware
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy

from accounts.addresses import client_address
from accounts.authentication import second_factor
from accounts.models import User
from accounts.readers_language import in_readers_language
from chat.services import held_messages
from moderation import audit
from moderation.actions.fields import LazyText
from moderation.moderators import READ_DESK, Moderator, RoleMissing, moderator_of
from moderation.reports import queue

PageView = Callable[..., HttpResponseBase]

# The order of the navigation, by the names of pages and links.
NAVIGATION = (
    *("index", "reports", "people", "groups", "messages", "held", "rules", "announcements", "holds", "audit"),
    "status",
)

# The order of the settings below it, by the names of models. A group's form is reached from its page.
SETTINGS = ("User", "Role", "ApiKey", "Invitation")
HIDDEN = frozenset({"Group"})


class DeskPage(NamedTuple):
    """`path`: below `/admin/`. `view(request, moderator, **captured)`. `name`: of the address, and of the
    place in the navigation. `permission`: of `moderation.moderators`. `title`: in the navigation; a page
    without one is not there."""

    path: str
    view: PageView
    name: str
    permission: str
    title: LazyText = ""


class NavigationLink(NamedTuple):
    """An entry of the navigation for a page that is elsewhere. `address`: the name of its address."""

    name: str
    address: str
    permission: str
    title: LazyText


class NavigationEntry(NamedTuple):
    """An entry of the navigation as it is shown. `waiting`: how much waits there; empty for nothing."""

    url: str
    title: LazyText
    is_current: bool
    waiting: str = ""


# Of a request: the audit log has a line of its refusal.
NOTED = "refusal_is_noted"

_pages: list[DeskPage] = []
_links: dict[str, NavigationLink] = {}


def register(*added: DeskPage | NavigationLink) -> None:
    """Make these part of the desk. To be called when the module of the page is imported."""
    for one in added:
        if isinstance(one, NavigationLink):
            _links[one.name] = one
            continue
        _pages.append(one)
        if one.title:
            _links[one.name] = NavigationLink(one.name, f"admin:desk_{one.name}", one.permission, one.title)


register(NavigationLink("index", "admin:index", READ_DESK, gettext_lazy("Dashboard")))


def show(
    request: HttpRequest, template: str, title: LazyText, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the admin with this title, made of the template."""
    from django.contrib.admin import site

    full_context = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, full_context, status=status)


def moderator_at(request: HttpRequest) -> Moderator:
    """The moderator at the desk, and their permissions."""
    return moderator_of(cast(User, request.user), client_address(request))


def guarded(page: DeskPage) -> PageView:
    """The page's view, for those only who have its permission."""

    @wraps(page.view)
    def view(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        moderator = moderator_at(request)
        try:
            moderator.require(page.permission, f"page.{page.name}")
        except RoleMissing as error:
            return refused(request, error.permission)
        return page.view(request, moderator, **captured)

    return view


def refused(request: HttpRequest, permission: str) -> HttpResponse:
    """The page for moderators without this permission. The audit log has its line already."""
    setattr(request, NOTED, True)
    return show(request, "admin/desk/refused.html", gettext("Not allowed"), status=403, permission=permission)


@sync_and_async_middleware
def note_refusals(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """A middleware, after the one that knows who has logged in. What the admin refuses to somebody who has
    logged in leaves a line in the audit log, also where a page of Django's refuses it."""

    async def later(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await get_response(request)
        if _is_refusal(request, response):
            await sync_to_async(_note)(request)
        return response

    def now(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        if _is_refusal(request, response):
            _note(request)
        return response

    return later if iscoroutinefunction(get_response) else now


def _is_refusal(request: HttpRequest, response: HttpResponseBase) -> bool:
    return response.status_code == 403 and request.path.startswith(reverse("admin:index"))


def _note(request: HttpRequest) -> None:
    match = request.resolver_match
    if request.user.is_authenticated and not getattr(request, NOTED, False):
        audit.refused(moderator_at(request), "", f"page.{match.url_name if match else ''}", "")


class LogInForm(AdminAuthenticationForm):
    """Leads staff with a second factor to the page that asks for it."""

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if self.request and second_factor.is_set(user):
            raise ImmediateHttpResponse(second_factor.ask(self.request, user, _after_login(self.request)))


def _after_login(request: HttpRequest) -> str:
    """The page of the desk to which the login leads; its first one by default."""
    target = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and is_ours else reverse("admin:index")


class DeskSite(AdminSite):
    """Speaks the language of the browser."""

    site_header = site_title = "im66"
    enable_nav_sidebar = True
    login_template = "admin/desk/login.html"
    login_form = LogInForm

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not second_factor.is_missing(request, request.user)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        pages = [page for page in _pages if page.path]
        own = [path(page.path, self.admin_view(guarded(page)), name=f"desk_{page.name}") for page in pages]
        return [*own, *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return in_readers_language(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if super().has_permission(request) and not self.has_permission(request):
            return second_factor.lead(cast(User, request.user), _after_login(request))
        return in_readers_language(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Back to the page where one signs in."""
        super().logout(request, extra_context)
        return HttpResponseRedirect(reverse("admin:login"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """To the page for everybody: Django's own takes any number of guesses at the old password."""
        return HttpResponseRedirect(reverse("password"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The page of the desk that has no path; the stock one for staff who may not read the desk."""
        may = moderator_at(request).may
        for page in _pages:
            if not page.path and page.permission in may:
                return guarded(page)(request)
        return super().index(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context["navigation"] = list(_navigation(request, moderator_at(request)))
            context["settings_models"] = _settings(context["available_apps"])
        return context


def _navigation(request: HttpRequest, moderator: Moderator) -> Iterator[NavigationEntry]:
    for name in NAVIGATION:
        link = _links.get(name)
        if link and link.permission in moderator.may:
            url = reverse(link.address)
            is_here = request.path == url if name == "index" else request.path.startswith(url)
            yield NavigationEntry(url, link.title, is_here, _waiting(name))


# What nobody has taken, or decided about, yet.
_WAITING = {"reports": queue.number_waiting, "held": held_messages.count_waiting}


def _waiting(name: str) -> str:
    number, is_more = _WAITING[name]() if name in _WAITING else (0, False)
    return f"{number}+" if is_more else str(number or "")


def _settings(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The models of the stock admin: first those of SETTINGS, then others; without those of HIDDEN, and those
    that a link of the navigation leads to."""
    linked = {reverse(link.address) for link in _links.values()}
    models = [model for app in apps for model in app["models"] if model["object_name"] not in HIDDEN]
    places = {name: place for place, name in enumerate(SETTINGS)}
    models.sort(key=lambda model: places.get(model["object_name"], len(places)))
    return [model for model in models if model["admin_url"] and model["admin_url"] not in linked]
