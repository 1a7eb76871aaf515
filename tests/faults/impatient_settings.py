"""im66's settings, with servers that wait for a request no longer than HEAD_SECONDS."""

from im66.settings import *  # noqa: F403
from server import opening

HEAD_SECONDS = 2.0

# Before the servers' own modules read it.
opening.HEAD_SECONDS = HEAD_SECONDS
