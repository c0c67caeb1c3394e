"""The tests, a folder for each room. Settings of all property tests are here.

Their examples are the same in every run. `RANDOM_EXAMPLES=1 pytest …` takes others.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers as values

# How long an example takes depends on what else the machine does.
settings.register_profile(
    "any-load",
    deadline=None,
    derandomize="RANDOM_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any-load")

# Hypothesis takes constants from the source of all modules that are loaded when an example is made.
# So the examples of a test would depend on which tests ran before it in the same process, also of a
# derandomized test. There is no setting for it.
values._get_local_constants = lambda: values._local_constants
