from django.urls import path

from moderation.api import announcements, audit, groups, messages, people, reports, rules

urlpatterns = [
    path("reports", reports.Reports.as_view()),
    path("announcements", announcements.Announcements.as_view()),
    path("announcements/<str:announcement>", announcements.OneAnnouncement.as_view()),
    path("moderation/users/<str:userid>", people.DeskPerson.as_view()),
    path("moderation/users/<str:userid>/recent", people.DeskRecent.as_view()),
    path("moderation/users/<str:userid>/addresses", people.DeskAddresses.as_view()),
    path("moderation/groups/<str:group>", groups.DeskGroup.as_view()),
    path("moderation/messages/<str:message>", messages.DeskMessage.as_view()),
    path("moderation/reports", reports.DeskReports.as_view()),
    path("moderation/reasons", reports.ReasonTemplates.as_view()),
    path("moderation/reports/<str:report>", reports.DeskReport.as_view()),
    path("moderation/rules", rules.DeskRules.as_view()),
    path("moderation/rules/try", rules.DeskRuleTrials.as_view()),
    path("moderation/rules/<str:rule>", rules.DeskRule.as_view()),
    path("moderation/audit", audit.AuditLog.as_view()),
    path("moderation/audit/<str:entry>", audit.AuditLogEntry.as_view()),
]
