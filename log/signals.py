"""What the log tells."""

from django.dispatch import Signal

# Sent with `batch`, a log.drafts.Batch, once the transaction that appended it is committed, from the
# thread that committed it.
batch_committed = Signal()
