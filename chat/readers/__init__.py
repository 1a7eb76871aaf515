"""Readers that follow the log, each at its own pace."""
