"""Communication between the processes of an installation, over the channel layer."""
