"""`manage.py unhold`: ends a legal hold."""

from im66.management.commands import hold
from keeping import legal_holds


class Command(hold.Command):
    help = "End a legal hold: what it kept goes when something is pruned the next time."
    act = staticmethod(legal_holds.lift)
    success_text = "{target} is no longer held."
