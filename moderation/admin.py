"""Loads the pages of the desk, each of which registers itself. Django imports this module at the start."""

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
