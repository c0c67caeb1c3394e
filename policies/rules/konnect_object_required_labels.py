"""Control planes must have the labels that the organisation requires.

At level `remediate`, missing labels are added. Konnect accepts five labels on an object. If there
is no room for the missing ones, that is reported instead: a person must choose which to delete.
Source: Control Planes API, ``labels``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule
from policies.tags import REQUIRED, completed, missing, required

_MAX: Final = 5


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    labels = args.props.get("labels") or {}
    absent = missing(labels, required(config, args.resource_type), args.resource_type)
    for key in absent:
        yield f"has no label {key!r}"
    if absent and len(labels) + len(absent) > _MAX:
        yield f"has {len(labels)} labels, and Konnect accepts {_MAX}; delete one to make room"


def _remediate(args: ResourceValidationArgs, config: Config) -> Mapping[str, Any] | None:
    labels = args.props.get("labels") or {}
    if isinstance(labels, str):
        return None  # The labels are unknown: this is the SDK's sentinel.
    absent = missing(labels, required(config, args.resource_type), args.resource_type)
    if len(labels) + len(absent) > _MAX:
        return None
    mended: Mapping[str, Any] | None = completed(args.props, "labels", absent)
    return mended


policy = resource_rule(
    "konnect-object-required-labels",
    "Konnect control planes carry the required labels.",
    [types.CONTROL_PLANE],
    _check,
    severity=Severity.MEDIUM,
    remedy="Add the label to `control_plane.labels` in the stack's settings.",
    config={"required": REQUIRED},
    remediate=_remediate,
)
