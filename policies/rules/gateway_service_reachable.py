"""Every gateway must reach the services that its environment declares.

The way is walked over the resources of the stack: routes, peerings, hubs, security rules and
private DNS, there and back. So a missing route is found before `up`, not by the first caller.

What the walk cannot know is not refused: networks of other stacks, values that are unknown in a
preview, and a cloud in which the stack has resources of networking that the walk does not read.

If the environment variable ``REACHABILITY_RESULTS`` names a file, the results of all walks are
written to it for the report of the preview.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.records import records_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule
from reachability.answer import RESULTS, result, sentence
from reachability.build import graph_of
from reachability.services import declared_services, verdicts


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    records = records_of(resources)
    services = declared_services(records)
    if not services:
        return
    graph = graph_of(records)
    by_urn = {one.urn: one for one in resources}
    gateway = of_type(resources, types.GATEWAY)[0].urn
    results: list[tuple[str, str, str]] = []
    for one in verdicts(graph, services):
        cloud = one.gateway.partition("-")[0]
        undecided = [] if one.reaches else records.undecided(cloud)
        unread = not one.reaches and any(more.type.startswith(cloud) for more in graph.unread)
        words = _NOT_READ if unread else _NOT_DECIDED if undecided else result(one)
        results.append((str(one.service), one.gateway, words))
        if one.reaches or unread:
            continue
        for record, name in undecided:
            with unknowns.noted(record.name):
                _read_all(by_urn[record.urn].props[name])
        if not undecided:
            yield Violation(sentence(one), gateway)
    if file := os.environ.get(RESULTS):
        Path(file).write_text(json.dumps(results), encoding="utf-8")


_NOT_READ = "not known: the cloud has resources of networking that the walk does not read"
_NOT_DECIDED = "not known before `up`: it depends on values that are unknown in a preview"


def _read_all(value: Any) -> None:
    """Read each part of a value: the SDK raises at an unknown one."""
    if isinstance(value, str):
        return
    keys: Sequence[Any] = []
    if isinstance(value, Mapping):
        keys = list(value)
    elif isinstance(value, Sequence):
        keys = range(len(value))
    for key in keys:
        _read_all(value[key])


policy = stack_rule(
    "gateway-service-reachable",
    "Every gateway reaches the services that it needs, and replies come back.",
    _check,
    severity=Severity.HIGH,
    remedy="Correct the hop that the violation names (docs/reachability.md).",
)
