"""Imports the pages of the desk, which register themselves. Django imports this module at startup."""

from moderation.desk import (  # noqa: F401
    announcements,
    audit_log,
    dashboard,
    groups,
    messages,
    people,
    person,
    reports,
    rule_trials,
    rules,
    stock_admin,
    wording,
)
