"""`im66 doctor`: prints each fault with its remedy on a line."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from im66.doctor.examining import Result, examine


class Command(BaseCommand):
    help = (
        "Connect to everything the server needs, and say in a line each what is wrong and what to do. Exits"
        " with 1 if there is a fault. Warnings alone exit with 0."
    )
    # The doctor checks more than Django's system checks, also without a database.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object for programs")

    def handle(self, *, json: bool, **options: Any) -> None:
        results = examine()
        self.stdout.write(_as_json(results) if json else _as_text(results))
        if any(result.has_faults for result in results):
            sys.exit(1)


def _as_text(results: Iterable[Result]) -> str:
    lines = []
    for check, findings in results:
        if not findings:
            lines.append(f"ok       {check.name}")
        for finding in findings:
            severity = "warning" if finding.fault.is_warning else "fault"
            lines.append(f"{severity:<8} {check.name}: {finding}")
    return "\n".join(lines)


def _as_json(results: Iterable[Result]) -> str:
    findings = [
        {
            "check": check.name,
            "code": finding.fault.code,
            "severity": "warning" if finding.fault.is_warning else "fault",
            "what": finding.what,
            "remedy": finding.remedy,
        }
        for check, findings in results
        for finding in findings
    ]
    is_sound = not any(result.has_faults for result in results)
    checks = [result.check.name for result in results]
    return json.dumps({"sound": is_sound, "checks": checks, "findings": findings}, indent=2)
