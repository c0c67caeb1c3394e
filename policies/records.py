"""Converts resources as policies get them to records, of which reachability builds its graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from reachability.records import UNKNOWN, Record, Records, plain


def records_of(resources: Iterable[PolicyResource]) -> Records:
    """The records of a stack. Unknown values are ``UNKNOWN``."""
    return Records(_record(one) for one in resources)


def _record(resource: PolicyResource) -> Record:
    properties = plain(_opened(resource.props))
    id_ = properties.get("id")
    return Record(
        resource.resource_type,
        resource.urn,
        properties,
        id_ if isinstance(id_, str) else None,
        {
            name: [one.urn for one in causes]
            for name, causes in resource.property_dependencies.items()
        },
    )


def _opened(value: Any) -> Any:
    """A value without the SDK's proxies, which raise where it is unknown."""
    if isinstance(value, Mapping):
        return {str(key): _at(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_at(value, place) for place in range(len(value))]
    return value


def _at(value: Any, key: Any) -> Any:
    try:
        return _opened(value[key])
    except UnknownValueError:
        return UNKNOWN
