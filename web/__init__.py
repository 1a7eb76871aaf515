"""The HTML pages: the chat client, accounts, and the console."""
