"""The picture of a group: what it shows, where that comes from, and when it is made anew."""
