"""The tests, a folder for each room. Settings of all property tests are here.

Their examples are the same in every run. `RANDOM_EXAMPLES=1 pytest …` takes others.
"""

import ast
import functools
import gc
import os
import sys
from typing import Any

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


if sys.version_info < (3, 11, 8):
    # A garbage collection inside `ast.parse` can raise a SystemError, "AST constructor recursion
    # depth mismatch" (https://github.com/python/cpython/issues/106905).
    _parse = ast.parse

    @functools.wraps(_parse)
    def _parse_without_collection(*args: Any, **options: Any) -> Any:
        collects = gc.isenabled()
        gc.disable()
        try:
            return _parse(*args, **options)
        finally:
            if collects:
                gc.enable()

    ast.parse = _parse_without_collection
