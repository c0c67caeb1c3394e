"""What all simulated GCP types share: projects, regions, links, names, labels and errors.

A network is given by its bare name, a ``projects/...`` path or a full URL. The API treats them as
equal. A bare name is one of the project of the resource that has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from sandbox.accounts import KONG
from sandbox.clock import rfc3339
from sandbox.clouds.declare import (
    Autoname,
    Call,
    Cloud,
    CloudError,
    Error,
    ResourceType,
    filled,
)
from sandbox.clouds.gcp.regions import REGIONS
from sandbox.clouds.inputs import Failure, Input, mapping, text
from sandbox.clouds.wire import Values
from sandbox.store import Store

API = "https://www.googleapis.com/compute/v1/"

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[-_a-z0-9]{0,63}")
_PROJECT = re.compile(r"(?:https?://.*?/)?projects/([^/]+)/")
_REGION = re.compile(r"(?:https?://.*?/)?projects/[^/]+/(?:regions|locations)/([^/]+)/")
_ATTRIBUTION = "goog-pulumi-provisioned"
NOT_FOUND: Error = ("notFound", "The resource '{id}' was not found", 404)
_INVALID: Error = ("invalid", "Invalid value for field '{field}': '{value}'. {why}")
_BAD_LABEL: Error = (
    "badRequest",
    "Label '{word}' violates format constraints. It can only contain lowercase letters, numeric "
    "characters, underscores and dashes, 63 at most.",
)
Ranges = Callable[[Values], Iterator[tuple[str, IPv4Network]]]
"""(description, block) of each address range that an object uses in its network."""


class Gcp(Cloud):
    """GCP and its provider package. The tenant is the project, the place is the region."""

    name = "gcp"
    package = "gcp"
    version = "10.2.0"

    def __init__(self) -> None:
        super().__init__()
        self.ranges: dict[str, Ranges] = {}
        """Token of a type -> the address ranges that its objects use."""

    def tenant(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The project of a request: that of the input, otherwise the provider's.

        A peering and a connection have no input for it. They belong to the project of their
        network.
        """
        type_ = self.types.get(token)
        given = values.get("project")
        if type_ is not None and "project" not in type_.inputs:
            given = project_in(values.get("network", ""))
        return self.own_tenant(str(given or config.get("project") or ""))

    def place(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The region of a request: its input, otherwise the provider's; empty without one."""
        type_ = self.types.get(token)
        if type_ is not None and not type_.regional:
            return ""
        region = str(values.get("region") or config.get("region") or "")
        return region.rsplit("/", 1)[-1]

    def tenant_of_id(self, id_: str, tenant: str) -> str:
        """The project in an id or path. Raises CloudError for Kong's, unless Kong asks."""
        project = project_in(unquote(id_)) or tenant
        if project == KONG[self.name] != tenant:
            raise CloudError(
                "forbidden", f"googleapi: Error 403: Permission denied on '{id_}', forbidden"
            )
        return project

    def place_of_id(self, id_: str, place: str) -> str:
        """The region in an id; ``place`` without one."""
        found = _REGION.match(id_)
        return found[1] if found else place

    def error(self, call: Call, error: Error, facts: Mapping[str, object]) -> CloudError:
        """``googleapi: Error STATUS: TEXT, REASON``."""
        del call
        reason, said, status = filled(error, facts)
        return CloudError(reason, f"googleapi: Error {status}: {said}, {reason}")


GCP = Gcp()


def path(value: str) -> str:
    """The path in a reference, without the host and version of the API."""
    return value[value.index("projects/") :] if "projects/" in value else value


def project_in(value: str) -> str:
    """The project in a path or URL; empty for a bare name."""
    found = _PROJECT.match(value)
    return found[1] if found else ""


def same_link(one: str, other: str) -> bool:
    """Whether two references mean the same object. A bare name matches any path with that end."""
    first, second = path(one), path(other)
    if "/" in first and "/" in second:
        return first == second
    return first.rsplit("/", 1)[-1] == second.rsplit("/", 1)[-1]


def network_path(project: str, value: str) -> str:
    """``projects/P/global/networks/N`` for a name, path or URL of a network."""
    found = path(value)
    if project_in(found):
        return found
    return f"projects/{project}/global/networks/{found.rsplit('/', 1)[-1]}"


def linked(collection: str) -> Callable[[Call, str], str]:
    """Make the function that gives the id of an object for its name, path or URL.

    ``collection`` is the path of such objects in a project: ``global/healthChecks``. It may have
    ``{region}``, the region of the request.
    """

    def find(call: Call, value: str) -> str:
        found = path(value)
        if "/" in found:
            return found
        return f"projects/{call.tenant}/{collection.format(region=call.place)}/{found}"

    return find


def invalid(call: Call, field: str, value: object, why: str) -> CloudError:
    """GCP's error about the value of a field of a request (``resource.ipCidrRange``)."""
    return call.error(_INVALID, field=field, value=value, why=why)


def stamp(store: Store) -> str:
    """The current time in GCP's format."""
    return rfc3339(store.clock.now())


def known_region(call: Call) -> None:
    """A rule: the resource or its provider names a region of GCP."""
    if not call.place:
        text = "Cannot determine region: set in this resource, or set provider-level 'region'"
        raise CloudError("MissingRegion", text)
    if call.place not in REGIONS:
        raise call.error(NOT_FOUND, id=f"projects/{call.tenant}/regions/{call.place}")


def _good_labels(call: Call) -> None:
    """A rule: labels are lower case."""
    own = call.values.get("labels") or {}
    for word in (*own, *own.values()):
        if not _LABEL.fullmatch(word):
            raise call.error(_BAD_LABEL, word=word)


def _labels(call: Call) -> Values:
    """The labels of a resource with those of its provider and the mark of Pulumi."""
    found = dict(call.config.get("defaultLabels") or {})
    if call.config.get("addPulumiAttributionLabel", True):
        found[_ATTRIBUTION] = "true"
    found |= call.values.get("labels") or {}
    return {"effectiveLabels": found, "pulumiLabels": found}


def _good_name(at: str, value: str) -> Iterator[Failure]:
    if not _NAME.fullmatch(value):
        yield at, f'"{at}" ("{value}") doesn\'t match regexp "^{_NAME.pattern}$"'


def _words(token: str) -> str:
    """The kind in errors: ``global_address`` for ``gcp:compute/globalAddress:GlobalAddress``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.rsplit(":", 1)[-1]).lower()


def gcp(
    token: str,
    inputs: Mapping[str, Input],
    *,
    id: str | Callable[[Call], str],
    outputs: tuple[str, ...] = (),
    fills: Mapping[str, Any] = MappingProxyType({}),
    made: Callable[[Call], Values] = lambda call: {},
    changed: Callable[[Call], Values] = lambda call: {},
    rules: tuple[Callable[[Call], None], ...] = (),
    links: tuple[str, ...] = (),
    self_link: bool = False,
    stamped: bool = False,
    labelled: bool = False,
    named: bool = True,
    in_project: bool = True,
    regional: bool = False,
    ranges: Ranges | None = None,
    **more: Any,
) -> ResourceType:
    """Declare a type: with a name and a project unless switched off, and with a region or labels.

    ``id`` is a path with ``{project}``, ``{region}`` and ``{name}``, or makes the id.
    ``fills`` are the values that the API gives to inputs that are left out.
    ``links`` are inputs whose output is the URL of the network that they name. ``self_link`` adds
    the output ``selfLink``, ``stamped`` the output ``creationTimestamp``. ``ranges`` are the
    address ranges that an object uses in the network that it refers to.
    """

    def id_of(call: Call) -> str:
        if callable(id):
            return id(call)
        return id.format(project=call.tenant, region=call.place, name=call.values["name"])

    def all_changed(call: Call) -> Values:
        given = {prop: call.values[prop] for prop in links if prop in call.values}
        urls = {prop: API + network_path(call.tenant, value) for prop, value in given.items()}
        place = {"project": call.tenant, "region": call.place}
        where = {name: value for name, value in place.items() if name in shared}
        return {**urls, **where, **(_labels(call) if labelled else {}), **changed(call)}

    def all_made(call: Call, id_: str) -> Values:
        filled_in = {prop: value for prop, value in fills.items() if prop not in call.values}
        found = {**filled_in, **all_changed(call), **made(call)}
        if self_link:
            found["selfLink"] = API + id_
        if stamped:
            found["creationTimestamp"] = stamp(call.store)
        return found

    shared = _shared_inputs(name=named, project=in_project, region=regional, labels=labelled)
    extra = {
        "selfLink": self_link,
        "creationTimestamp": stamped,
        "effectiveLabels": labelled,
        "pulumiLabels": labelled,
    }
    if ranges is not None:
        GCP.ranges[token] = ranges
    used = f"The {_words(token)} resource '{{id}}' is already being used by '{{by}}'"
    common: dict[str, Any] = {
        "autoname": Autoname("name", longest=63, lower=True) if named else None,
        "in_use": ("resourceInUseByAnotherResource", used),
        "missing": NOT_FOUND,
        "taken": ("alreadyExists", "The resource '{id}' already exists", 409),
    }
    return GCP.register(
        ResourceType(
            token=token,
            inputs={**shared, **inputs},
            outputs=(*outputs, *(output for output, there in extra.items() if there)),
            id=id_of,
            made=all_made,
            changed=all_changed,
            rules=(known_region, *rules, _good_labels) if regional else (*rules, _good_labels),
            regional=regional,
            **{**common, **more},
        )
    )


def _shared_inputs(*, name: bool, project: bool, region: bool, labels: bool) -> dict[str, Input]:
    """The inputs that a type has beside its own."""
    every = {
        "name": (name, text(fixed=True, form=_good_name)),
        "project": (project, text(fixed=True, computed=True)),
        "region": (region, text(fixed=True, computed=True, same=same_link)),
        "labels": (labels, mapping()),
    }
    return {prop: spec for prop, (there, spec) in every.items() if there}
