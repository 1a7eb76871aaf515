"""The picture of a group: what it shows, where its parts come from, and when it is made again."""
