"""What groups tells the rest of the system."""

from django.dispatch import Signal

# Sent in the transaction of the change, with group (Group), joined and left (lists of userids). A receiver
# that keeps an order of events returns the change's place in it, an int; the stays begin and end there.
membership_changed = Signal()
