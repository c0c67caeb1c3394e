"""Makes a program start faster: less of the clouds' SDKs is loaded, and no garbage is looked for.

A package of Pulumi's SDKs imports every resource it has as soon as one is used: for
`pulumi_gcp.compute.Network` that is 350 modules and 1.7 seconds of processor time. Loading the
three clouds took most of a preview in which nothing changes. Each resource is a module of its own,
so here a package is put in place without running its `__init__`, and a name is looked for in the
module that the SDK's generator puts it in. A name that is not there is found by running the
`__init__` after all, so nothing is missing for other users of the package.

This changes modules for the whole process, so it is the program's choice: no component does it.
"""

from __future__ import annotations

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

from components.regions import Cloud

PACKAGES: Final[Mapping[Cloud, tuple[str, tuple[str, ...]]]] = {
    Cloud.AWS: ("pulumi_aws", ("ec2", "ec2transitgateway", "ram", "vpc")),
    Cloud.AZURE: ("pulumi_azure_native", ("authorization", "network", "resources")),
    Cloud.GCP: ("pulumi_gcp", ("compute", "redis")),
}
"""The SDK of each cloud, and its packages that components use."""

# Where a word begins in `VpcAttachmentAccepter`.
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class LeanPackage(ModuleType):
    """A package that imports the module of a name when the name is first used."""

    def __getattr__(self, name: str) -> Any:
        """Find a resource, a function, an enum or a module; Python asks only for what is new."""
        if name == "__all__":  # `from package import *` takes all that there is.
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
    """Make a package what the SDK would have made it in the first place."""
    package.__class__ = ModuleType
    spec = package.__spec__
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(package)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Look for no garbage while a program loads and builds, nor later among what it loaded.

    Loading three clouds makes hundreds of thousands of objects that stay. Looking for garbage
    among them, again and again, took a third of the time of a preview.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load_on_use(clouds: Iterable[Cloud]) -> None:
    """From now on, load a resource of these clouds' SDKs when a program first uses it.

    Call it before the SDKs are imported. A package that is loaded already stays as it is.
    """
    for cloud in clouds:
        _put_in_place(cloud)


def _put_in_place(cloud: Cloud) -> None:
    """Make the packages of a cloud's SDK lean; one that is loaded already stays as it is."""
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
    """Whether a package has been loaded. The SDK's root puts placeholders for its packages."""
    return module is not None and type(module) in (ModuleType, LeanPackage)
