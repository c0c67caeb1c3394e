"""The figures of a run: measures and their budgets, and how each is calculated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rich.table import Table

Json = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """One line of the result. ``basis`` is how the number was calculated."""

    what: str
    measured: float
    budget: float
    basis: str
    unit: str = ""

    @property
    def kept(self) -> bool:
        """Whether the measure is within its budget."""
        return self.measured <= self.budget


def table(measures: Iterable[Measure]) -> Table:
    """A table of measures and their budgets."""
    shown = Table("what", "measured", "budget", "verdict", "made of")
    for measure in measures:
        unit = f" {measure.unit}" if measure.unit else ""
        shown.add_row(
            measure.what,
            f"{measure.measured:.2f}{unit}",
            f"at most {measure.budget:g}{unit}",
            "[green]kept[/]" if measure.kept else "[bold red]broken[/]",
            measure.basis,
        )
    return shown


def provisioning(item: Json) -> float:
    """Simulated seconds from an object's creation until it was ready (its last change)."""
    created, updated = (datetime.fromisoformat(item[key]) for key in ("created_at", "updated_at"))
    return (updated - created).total_seconds()


def critical_path(
    networks: Iterable[Json], configurations: Iterable[Json], add_ons: Iterable[Json]
) -> float:
    """Simulated seconds of the longest chain: a network, a group in it, its control plane's cache.

    The arguments are the items of Konnect's three lists.
    """
    network = {item["id"]: provisioning(item) for item in networks}
    cache = {item["owner"]["control_plane_id"]: provisioning(item) for item in add_ons}
    return max(
        network[group["cloud_gateway_network_id"]]
        + provisioning(group)
        + cache.get(configuration["control_plane_id"], 0.0)
        for configuration in configurations
        for group in configuration["dataplane_groups"]
    )


def creations(events: Iterable[Json]) -> dict[str, float]:
    """Seconds that the creation of each resource took, by URN, from an engine's event log.

    The time in which a resource waits for its turn is not counted.
    """
    began: dict[str, float] = {}
    took: dict[str, float] = {}
    for event in events:
        if (step := event.get("resourcePreEvent")) and step["metadata"]["op"] == "create":
            began[step["metadata"]["urn"]] = event["timestamp"]
        elif (step := event.get("resOutputsEvent")) and step["metadata"]["urn"] in began:
            urn = step["metadata"]["urn"]
            took[urn] = event["timestamp"] - began[urn]
    return took


def longest_chain(resources: Iterable[Json], took: Mapping[str, float]) -> float:
    """Seconds of the longest chain of cloud resources that depend on each other.

    ``resources`` are those of a state, where each comes after what it depends on. Resources of
    dynamic providers and components take no time: Konnect's are in ``critical_path``.
    """
    ends: dict[str, float] = {}
    for one in resources:
        before = max((ends.get(urn, 0.0) for urn in one.get("dependencies") or ()), default=0.0)
        own = took.get(one["urn"], 0.0) if one["type"].startswith(_CLOUDS) else 0.0
        ends[one["urn"]] = before + own
    return max(ends.values(), default=0.0)


_CLOUDS: Final = ("aws:", "azure-native:", "gcp:")


def reads(targets: Iterable[str]) -> Counter[str]:
    """Count the requests of each list. A request of a single object counts for its list.

    A list is identified by its path, so lists of different parents are different lists: Konnect
    has no list of the attachments of all networks.
    """
    return Counter(_list_of(target.partition("?")[0]) for target in targets)


def _list_of(path: str) -> str:
    parent, _, last = path.rpartition("/")
    return parent if _is_id(last) else path


def kinds(lists: Mapping[str, int]) -> dict[str, int]:
    """Sum the counts of lists by kind (the last segment of the path), over all parents."""
    counted: Counter[str] = Counter()
    for path, count in lists.items():
        counted[path.rpartition("/")[2].removesuffix(".json")] += count
    return dict(counted)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
