"""Every gateway must reach the services that its environment declares.

The way is walked over the resources of the stack: routes, peerings, hubs, security rules and
private DNS, there and back. So a missing route is found before `up`, not by the first caller.

What the walk cannot know is not refused: networks of other stacks, values that are unknown in a
preview, and a cloud in which the stack has resources of networking that the walk does not read.

If the environment variable ``REACHABILITY_RESULTS`` names a file, the rule writes to it what the
report of the preview needs and the event log lacks: results of walks, and property dependencies.
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
from reachability.doubts import NOT_DECIDED, doubt, undecided
from reachability.records import Records
from reachability.services import Verdict, declared_services, verdicts


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    records = records_of(resources)
    found = _walked(records)
    if file := os.environ.get(RESULTS):
        Path(file).write_text(json.dumps(_for_report(records, found)), encoding="utf-8")
    by_urn = {one.urn: one for one in resources}
    for one, why in found:
        if why == NOT_DECIDED:
            for record, name in undecided(one, records):
                with unknowns.noted(record.name):
                    _read_all(by_urn[record.urn].props[name])
        elif not one.reaches and not why:
            yield Violation(sentence(one), of_type(resources, types.GATEWAY)[0].urn)


def _walked(records: Records) -> Sequence[tuple[Verdict, str]]:
    """Whether each gateway reaches each service, and why that is not certain."""
    services = declared_services(records)
    if not services:
        return ()
    graph = graph_of(records)
    return [(one, doubt(one, graph, records)) for one in verdicts(graph, services)]


def _for_report(records: Records, found: Sequence[tuple[Verdict, str]]) -> Mapping[str, Any]:
    """The results of walks, and the URNs that the properties of each resource come from."""
    return {
        "walked": [(str(one.service), one.gateway, why or result(one)) for one, why in found],
        "dependencies": {one.urn: one.dependencies for one in records.all if one.dependencies},
    }


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
