"""The API calls about notifications outside of the chat, and bots."""
