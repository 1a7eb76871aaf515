"""The people of the demo: whom its sign-in page offers. Pure."""

# By userid, what each is called.
DEMO_PEOPLE = {"alice": "Alice", "bob": "Bob", "charlie": "Charlie", "xiaoming": "小明"}
