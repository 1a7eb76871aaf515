"""The admin's site: Django's stock admin with the pages of the desk in front of it.

A page of the desk is a function in a module of this package, which registers it:

    def list_reports(request: HttpRequest, moderator: Moderator) -> HttpResponse:
        return show(request, "admin/desk/reports.html", gettext("Reports"), reports=...)

    register(DeskPage("reports/", list_reports, "reports", READ_DESK, gettext_lazy("Reports")))

`moderation/admin.py` imports the module; nothing else is needed. The page is at `/admin/reports/`, and its
URL name is `admin:desk_reports`. The function is called only for moderators with the permission; others get a
page with status 403, and the audit log records the refusal. Path captures are passed by name. The page with
an empty path is the front page. A page with a title is in the navigation, in the order of NAVIGATION. A page
of the stock admin is added to the navigation with
`register(NavigationLink("rules", "admin:moderation_rule_changelist", CHANGE_RULES, gettext_lazy("Rules")))`.

Templates extend `admin/desk/base.html`. The content security policy allows neither inline scripts nor inline
styles: both are files in `static/im66/desk`.
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

# The order of the navigation, by names of pages and links.
NAVIGATION = (
    *("index", "reports", "people", "groups", "messages", "held", "rules", "announcements", "holds", "audit"),
    "status",
)

# The order of the settings below it, by model names. A group's form is reached from the group's page.
SETTINGS = ("User", "Role", "ApiKey", "Invitation")
HIDDEN = frozenset({"Group"})


class DeskPage(NamedTuple):
    """`path`: below `/admin/`. `view(request, moderator, **captures)`. `name`: of the URL and of the
    navigation entry. `permission`: one of `moderation.moderators`. `title`: in the navigation; without one,
    the page is not in it."""

    path: str
    view: PageView
    name: str
    permission: str
    title: LazyText = ""


class NavigationLink(NamedTuple):
    """A navigation entry for a page outside the desk. `address`: its URL name."""

    name: str
    address: str
    permission: str
    title: LazyText


class NavigationEntry(NamedTuple):
    """A navigation entry as it is shown. `waiting`: the number of waiting items; empty for none."""

    url: str
    title: LazyText
    is_current: bool
    waiting: str = ""


# Attribute of a request whose refusal is in the audit log already.
REFUSAL_RECORDED = "refusal_is_noted"

_pages: list[DeskPage] = []
_links: dict[str, NavigationLink] = {}


def register(*added: DeskPage | NavigationLink) -> None:
    """Add pages and links to the desk. Call it when the page's module is imported."""
    for item in added:
        if isinstance(item, NavigationLink):
            _links[item.name] = item
            continue
        _pages.append(item)
        if item.title:
            _links[item.name] = NavigationLink(
                item.name, f"admin:desk_{item.name}", item.permission, item.title
            )


register(NavigationLink("index", "admin:index", READ_DESK, gettext_lazy("Dashboard")))


def render_page(
    request: HttpRequest, template: str, title: LazyText, status: int = 200, **context: Any
) -> HttpResponse:
    """Render the template as a page of the admin with this title."""
    from django.contrib.admin import site

    full_context = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, full_context, status=status)


def moderator_from(request: HttpRequest) -> Moderator:
    """Return the moderator who makes the request, with their permissions."""
    return moderator_of(cast(User, request.user), client_address(request))


def with_permission(page: DeskPage) -> PageView:
    """Wrap the page's view so that it requires the page's permission."""

    @wraps(page.view)
    def view(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        moderator = moderator_from(request)
        try:
            moderator.require(page.permission, f"page.{page.name}")
        except RoleMissing as error:
            return refusal_page(request, error.permission)
        return page.view(request, moderator, **captured)

    return view


def refusal_page(request: HttpRequest, permission: str) -> HttpResponse:
    """Return the page that names the missing permission. The refusal is in the audit log already."""
    setattr(request, REFUSAL_RECORDED, True)
    return render_page(
        request, "admin/desk/refused.html", gettext("Not allowed"), status=403, permission=permission
    )


@sync_and_async_middleware
def note_refusals(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: record each 403 of the admin to a logged-in user in the audit log, including those of
    Django's own pages. It must come after the authentication middleware."""

    async def later(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await get_response(request)
        if _is_refusal(request, response):
            await sync_to_async(_record_refusal)(request)
        return response

    def now(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        if _is_refusal(request, response):
            _record_refusal(request)
        return response

    return later if iscoroutinefunction(get_response) else now


def _is_refusal(request: HttpRequest, response: HttpResponseBase) -> bool:
    return response.status_code == 403 and request.path.startswith(reverse("admin:index"))


def _record_refusal(request: HttpRequest) -> None:
    match = request.resolver_match
    if request.user.is_authenticated and not getattr(request, REFUSAL_RECORDED, False):
        audit.record_refusal(moderator_from(request), "", f"page.{match.url_name if match else ''}", "")


class LogInForm(AdminAuthenticationForm):
    """Sends staff with a second factor to the page that asks for it."""

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if self.request and second_factor.is_set(user):
            raise ImmediateHttpResponse(second_factor.ask(self.request, user, _after_login(self.request)))


def _after_login(request: HttpRequest) -> str:
    """Return the URL to show after the login; the front page by default."""
    target = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and is_ours else reverse("admin:index")


class DeskSite(AdminSite):
    """The desk, in the language of the browser."""

    site_header = site_title = "im66"
    enable_nav_sidebar = True
    login_template = "admin/desk/login.html"
    login_form = LogInForm

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not second_factor.is_missing(request, request.user)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        pages = [page for page in _pages if page.path]
        own = [
            path(page.path, self.admin_view(with_permission(page)), name=f"desk_{page.name}")
            for page in pages
        ]
        return [*own, *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return in_readers_language(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if super().has_permission(request) and not self.has_permission(request):
            return second_factor.redirect_to_factor(cast(User, request.user), _after_login(request))
        return in_readers_language(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Redirect to the login page after logging out."""
        super().logout(request, extra_context)
        return HttpResponseRedirect(reverse("admin:login"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Redirect to the site's own page: Django's allows unlimited guesses of the old password."""
        return HttpResponseRedirect(reverse("password"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the desk's front page; the stock index for staff who may not read the desk."""
        may = moderator_from(request).may
        for page in _pages:
            if not page.path and page.permission in may:
                return with_permission(page)(request)
        return super().index(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context["navigation"] = list(_navigation(request, moderator_from(request)))
            context["settings_models"] = _settings_models(context["available_apps"])
        return context


def _navigation(request: HttpRequest, moderator: Moderator) -> Iterator[NavigationEntry]:
    for name in NAVIGATION:
        link = _links.get(name)
        if link and link.permission in moderator.may:
            url = reverse(link.address)
            is_here = request.path == url if name == "index" else request.path.startswith(url)
            yield NavigationEntry(url, link.title, is_here, _waiting_count(name))


# Counts of unclaimed reports and undecided held messages.
_WAITING_COUNTERS = {"reports": queue.count_open, "held": held_messages.count_waiting}


def _waiting_count(name: str) -> str:
    number, is_more = _WAITING_COUNTERS[name]() if name in _WAITING_COUNTERS else (0, False)
    return f"{number}+" if is_more else str(number or "")


def _settings_models(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the stock admin's models in the order of SETTINGS, without HIDDEN and those that the navigation
    links to."""
    linked = {reverse(link.address) for link in _links.values()}
    models = [model for app in apps for model in app["models"] if model["object_name"] not in HIDDEN]
    places = {name: place for place, name in enumerate(SETTINGS)}
    models.sort(key=lambda model: places.get(model["object_name"], len(places)))
    return [model for model in models if model["admin_url"] and model["admin_url"] not in linked]
