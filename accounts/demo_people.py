"""The people whom the sign-in page of the demo offers. Pure."""

# Nicknames by userid.
DEMO_PEOPLE = {"alice": "Alice", "bob": "Bob", "charlie": "Charlie", "xiaoming": "小明"}
