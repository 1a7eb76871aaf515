"""Notices for people of messages that have not reached them."""
