"""Runs all checks concurrently, each in a thread, and in bounded time."""

import logging
import threading
from collections.abc import Iterable
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from accounts.checks import check_authentication
from im66.doctor import database, folders, mail, processes, public, push, redis
from im66.doctor.findings import Check, Fault, Finding, Findings
from im66.operating.inquiry import own_connection

logger = logging.getLogger(__name__)

MAX_SECONDS = 5.0

NO_END = Fault(
    "check.no_end",
    gettext_noop("It has not answered within %(seconds)d s."),
    gettext_noop("Look at what it connects to: it may hang, or a firewall may drop what is sent there."),
)
FAILED = Fault(
    "check.failed",
    gettext_noop("It could not be checked: %(why)s."),
    gettext_noop("Report it as a bug of im66, with this line."),
)


def _check_settings() -> Findings:
    for warning in check_authentication(None):
        yield Fault("settings.doubt", warning.msg, warning.hint or "", is_warning=True).finding()


CHECKS = (
    Check("settings", gettext_noop("Settings"), _check_settings),
    Check("database", gettext_noop("Database"), database.check),
    Check("redis", "Redis", redis.check),
    Check("disk", gettext_noop("Disk space"), folders.check_disks),
    Check("folders", gettext_noop("Rights on folders"), folders.check_permissions),
    Check("backups", gettext_noop("Backups"), folders.check_backups),
    Check("mail", gettext_noop("Mail host"), mail.check),
    Check("push", gettext_noop("Push key"), push.check),
    Check("public", gettext_noop("Public address"), public.check),
    Check("processes", gettext_noop("Processes"), processes.check),
    Check("confinement", gettext_noop("Confinement of uploads"), processes.check_child_processes),
)


class Result(NamedTuple):
    check: Check
    findings: list[Finding]

    @property
    def has_faults(self) -> bool:
        return any(not finding.fault.is_warning for finding in self.findings)


class _CheckThread(threading.Thread):
    # A daemon, so that the end of the process does not wait for a check that hangs.
    def __init__(self, check: Check) -> None:
        super().__init__(name=f"im66-doctor-{check.name}", daemon=True)
        self._check = check
        self._findings: list[Finding] = []

    def run(self) -> None:
        try:
            with own_connection():
                for finding in self._check.run():
                    self._findings.append(finding)
        except Exception as error:
            logger.debug("The check %s failed.", self._check.name, exc_info=True)
            self._findings.append(FAILED.finding(why=f"{type(error).__name__}: {error}"))

    def result(self, until: float) -> Result:
        self.join(max(0.0, until - monotonic()))
        findings = [*self._findings]
        if self.is_alive():
            findings.append(NO_END.finding(seconds=MAX_SECONDS))
        return Result(self._check, [_without_secrets(finding) for finding in findings])


def examine(checks: Iterable[Check] = CHECKS) -> list[Result]:
    """Run the checks. Return the results in the order of the checks, within MAX_SECONDS."""
    threads = [_CheckThread(check) for check in checks]
    for thread in threads:
        thread.start()
    until = monotonic() + MAX_SECONDS
    return [thread.result(until) for thread in threads]


def _without_secrets(finding: Finding) -> Finding:
    """Return the finding without secrets, which servers may repeat in their errors."""
    return Finding(finding.fault, {name: _mask_secrets(value) for name, value in finding.values.items()})


def _mask_secrets(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    text = str(value)
    for secret in _secrets():
        text = text.replace(secret, "***")
    return text


def _secrets() -> list[str]:
    ours = settings.IM66
    urls = (ours.database_url, ours.redis_url, ours.mail_url)
    passwords = [password for url in urls if (password := urlsplit(url).password)]
    keys = [
        ours.secret_key,
        ours.token_secret,
        *ours.secret_key_fallbacks,
        *ours.token_secret_fallbacks,
        ours.metrics_token,
        ours.oidc_client_secret,
        ours.checker_secret,
    ]
    return [secret for secret in {*passwords, *map(unquote, passwords), *keys} if len(secret) > 3]
