"""im66's settings over a channel layer that loses one in ten of what it is given."""

from im66.settings import *  # noqa: F403
from im66.settings import ENVIRONMENT

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "tests.faults.lossy_layer.LossyLayer",
        "CONFIG": {"hosts": [ENVIRONMENT.redis_url]},
    }
}
