"""Reports: filing, snapshots, the queue, and outcomes."""
