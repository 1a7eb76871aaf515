"""Reports: how they are filed, what is kept of what was reported, the queue, and what comes of them."""
