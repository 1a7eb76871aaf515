"""`python -m uploads.worker TASK`: open one file."""

from uploads.worker.child import main

main()
