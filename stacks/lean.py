"""Makes programs use less time and CPU: in loading SDKs, in garbage collection, and in waiting.

A package of Pulumi's SDKs imports all of its resources as soon as one is used: for
`pulumi_gcp.compute.Network` that is 350 modules and 1.7 seconds of CPU time. Loading the SDKs of
three clouds took most of a preview without changes. Each resource is in a module of its own. So
this module registers a package without running its `__init__`, and imports a name from the module
in which the SDK's generator puts it. If the name is not there, `__init__` runs after all, so other
users of the package miss nothing.

This changes modules for the whole process. So only a program may call it; no component does.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any, Final

from pulumi.runtime.settings import SETTINGS

from components.regions import Cloud

PACKAGES: Final[Mapping[Cloud, tuple[str, tuple[str, ...]]]] = {
    Cloud.AWS: (
        "pulumi_aws",
        (
            "acm",
            "cloudfront",
            "ec2",
            "ec2transitgateway",
            "elasticache",
            "lb",
            "networkfirewall",
            "ram",
            "route53",
            "vpc",
            "vpclattice",
            "wafv2",
        ),
    ),
    Cloud.AZURE: (
        "pulumi_azure_native",
        (
            "authorization",
            "cdn",
            "dns",
            "dnsresolver",
            "frontdoor",
            "network",
            "privatedns",
            "redisenterprise",
            "resources",
            "trafficmanager",
        ),
    ),
    Cloud.GCP: (
        "pulumi_gcp",
        (
            "certificatemanager",
            "compute",
            "dns",
            "networkconnectivity",
            "networksecurity",
            "projects",
            "redis",
        ),
    ),
}
"""The SDK of each cloud, and those of its packages that components use."""

_THRESHOLDS: Final = (50_000, 20, 100)
"""As ``gc.set_threshold`` takes them: the new objects after which the youngest generation is
scanned, and how often a generation is scanned before the next older one is."""

# The boundaries between words, as in `VpcAttachmentAccepter`.
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class LeanPackage(ModuleType):
    """A package that imports the module of a name when the name is first used."""

    def __getattr__(self, name: str) -> Any:
        """Import a resource, function, enum or module. Python calls this for missing names only."""
        if name == "__all__":  # `from package import *` needs all names.
            _make_whole(self)
            return getattr(self, name)
        if name.startswith("__"):
            raise AttributeError(name)
        for module in _modules_of(name):
            full = f"{self.__name__}.{module}"
            if PathFinder.find_spec(full, self.__path__) is not None:
                found = importlib.import_module(full)
                if module == name:
                    return found
                if hasattr(found, name):
                    return getattr(found, name)
        _make_whole(self)
        return getattr(self, name)


def _modules_of(name: str) -> Iterator[str]:
    yield name
    yield _WORD.sub("_", name).lower()
    yield name.removesuffix("_output")
    yield "_enums"


def _make_whole(package: ModuleType) -> None:
    """Run a package's `__init__`, and make it an ordinary module again."""
    package.__class__ = ModuleType
    spec = package.__spec__
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(package)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause garbage collection in the block, and make it rare afterwards.

    Loading the SDKs of three clouds creates hundreds of thousands of objects that stay, and each
    resource creates hundreds more. Almost none of them is garbage. Scanning them again and again
    took a third of the time of a preview, and 7 of each 10 seconds of an ``up`` of 48 regions.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        gc.enable()


async def registered() -> None:
    """Wait until all that the program has built is registered, or until something fails.

    A program awaits it last. The SDK waits too (``pulumi.runtime.stack.wait_for_rpcs``), but looks
    at every output again whenever one becomes known. With thousands of outputs that keeps a core
    busy. It raises nothing: the SDK still raises what failed.
    """
    while True:
        with SETTINGS.lock:
            started = [*SETTINGS.rpc_manager.rpcs, *SETTINGS.outputs]
        tasks = [asyncio.ensure_future(one) for one in started]
        pending = [one for one in tasks if not one.done()]
        if not pending or any(_failed(one) for one in tasks if one.done()):
            return
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)


def _failed(task: asyncio.Future[Any]) -> bool:
    return task.cancelled() or task.exception() is not None


def load_on_use(clouds: Iterable[Cloud]) -> None:
    """Load each resource of these clouds' SDKs only when the program first uses it.

    Call it before the SDKs are imported. A package that is already loaded is not changed.
    """
    for cloud in clouds:
        _put_in_place(cloud)


def _put_in_place(cloud: Cloud) -> None:
    """Register lean packages for a cloud's SDK. A package that is already loaded is not changed."""
    root_name, packages = PACKAGES[cloud]
    root = importlib.import_module(root_name)
    for name in packages:
        full = f"{root_name}.{name}"
        spec = PathFinder.find_spec(full, root.__path__)
        if spec is not None and not _in_use(sys.modules.get(full)):
            setattr(root, name, _lean(spec))


def _lean(spec: ModuleSpec) -> ModuleType:
    package = module_from_spec(spec)
    package.__class__ = LeanPackage
    sys.modules[spec.name] = package
    return package


def _in_use(module: ModuleType | None) -> bool:
    """Whether a package is loaded. The SDK's root registers placeholders, which do not count."""
    return module is not None and type(module) in (ModuleType, LeanPackage)
