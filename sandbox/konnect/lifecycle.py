"""Transitions of Konnect objects over time, each applied at the instant when it was due.

The store runs them at the start of every request (`Store.on_due`), in the order in which they
became due. So a jump of an hour gives the same result as an hour of waiting. For example, a network
that was ready after 35 minutes started its data-plane groups at that minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.konnect import (
    add_ons,
    custom_domains,
    groups,
    networks,
    private_dns,
    records,
    transit_gateways,
)
from sandbox.store import Body, Store

Step = Callable[[Store, Body, float], None]
"""Apply the transition of one record that was due at a simulated time.

Afterwards the record must be due later than that time, have no transition, or be deleted.
"""

STEPS: Mapping[str, Step] = {
    records.NETWORKS: networks.step,
    records.GROUPS: groups.step,
    records.TRANSIT_GATEWAYS: transit_gateways.step,
    records.PRIVATE_DNS: private_dns.step,
    records.CUSTOM_DOMAINS: custom_domains.step,
    records.ADD_ONS: add_ons.step,
}


def step(store: Store, kind: str, id_: str, at: float) -> None:
    """Apply the transition of one record that was due at ``at``."""
    record = store.get(records.CLOUD, kind, id_)
    assert record is not None
    STEPS[kind](store, record, at)
