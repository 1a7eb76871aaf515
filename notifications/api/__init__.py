"""The calls of the API about what people are told outside of the chat."""
