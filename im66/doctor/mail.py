"""Checks the mail server by logging in as im66 does."""

import smtplib
import ssl

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext_noop

from im66.addresses import mail_settings
from im66.doctor.findings import Fault, Findings

ANSWER_SECONDS = 4

AWAY = Fault(
    "mail.away",
    gettext_noop("The mail host %(host)s cannot be reached: %(why)s."),
    gettext_noop("Correct host and port in IM66_MAIL_URL, or open the way to it in the firewall."),
)
TLS = Fault(
    "mail.tls",
    gettext_noop("The mail host %(host)s speaks no TLS that can be trusted: %(why)s."),
    gettext_noop("Use smtps:// for port 465 and smtp+tls:// for port 587, with the name of its certificate."),
)
LOGIN = Fault(
    "mail.login",
    gettext_noop("The mail host %(host)s refuses the login (%(status)d)."),
    gettext_noop("Put the right user and password, percent-encoded, into IM66_MAIL_URL."),
)
NO_SENDER = Fault(
    "mail.no_sender",
    gettext_noop("IM66_MAIL_URL is set and IM66_MAIL_FROM is not: no mail is sent to people."),
    gettext_noop("Set IM66_MAIL_FROM to an address that the mail host lets you use."),
)


def check() -> Findings:
    if not settings.IM66.mail_url:
        return
    if not settings.IM66.mail_from:
        yield NO_SENDER.finding()
    server = mail_settings(settings.IM66.mail_url)
    host = f"{server['EMAIL_HOST']}:{server['EMAIL_PORT']}"
    backend = EmailBackend(
        host=server["EMAIL_HOST"],
        port=server["EMAIL_PORT"],
        username=server["EMAIL_HOST_USER"],
        password=server["EMAIL_HOST_PASSWORD"],
        use_tls=server["EMAIL_USE_TLS"],
        use_ssl=server["EMAIL_USE_SSL"],
        timeout=ANSWER_SECONDS,
    )
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as error:
        yield LOGIN.finding(host=host, status=error.smtp_code)
    except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
        yield TLS.finding(host=host, why=_brief(error))
    except (OSError, smtplib.SMTPException) as error:
        yield AWAY.finding(host=host, why=_brief(error))
    finally:
        backend.close()


def _brief(error: Exception) -> str:
    """Describe the error without the server's answer, which may repeat the password."""
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return error.strerror or getattr(error, "reason", "") or str(error) or type(error).__name__
    return type(error).__name__
