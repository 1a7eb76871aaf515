"""Previews of linked pages, which are fetched after a message was sent."""
