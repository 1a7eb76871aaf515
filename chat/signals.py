"""What chat tells itself across modules that must not import each other."""

from django.dispatch import Signal

# Sent with batch (log.Batch) once the transaction that appended it is committed, from the thread it
# happened in.
batch_committed = Signal()
