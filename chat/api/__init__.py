"""The API views of conversations and messages. Only the URL configuration imports them."""
