"""The signal between modules of chat that must not import each other."""

from django.dispatch import Signal

# Sent with `batch`, a chat.batch.Batch, once the transaction that appended it is committed, from the thread
# that committed it.
batch_committed = Signal()
