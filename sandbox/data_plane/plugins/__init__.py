"""The plugins that the sandbox's data plane plays, one module each.

A module has:

- ``NAME``: the plugin's name, for example ``key-auth``.
- ``PRIORITY``: Kong's number. Plugins with a higher one run first.
- ``async def access(x: Exchange, config: Body) -> Answer | None``: an ``Answer`` ends the request.
- ``async def response(x: Exchange, config: Body) -> None``, if the plugin has a part in responses:
  ``x.answer`` is set. It also runs for the answer of a plugin that ended the request, unless that
  plugin kept this one's ``access`` from running.
- ``async def log(x: Exchange, config: Body) -> None``, if the plugin logs requests: it runs for
  every request when its response is complete, whatever ended it.
- ``FIELDS``, if it does not play every setting: the names of the top-level settings that it plays.
  Other settings are named in a response header when they differ from the schema's default.

``config`` is complete: it has the schema's defaults, and the partials are in their places.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "NAME"):
            yield module


PLUGINS: Mapping[str, ModuleType] = {module.NAME: module for module in _modules()}
"""Name of a plugin -> its module."""
