"""Time passing: every transition of every Konnect object, in order and at its own instant.

Registered with the store, run at the start of every request. Only what is due is looked
at, in the order in which it came due, so a jump of an hour plays the hour: a network that
became ready after 35 minutes has started its data-plane groups at that minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.konnect import (
    add_ons,
    custom_domains,
    groups,
    networks,
    organizations,
    private_dns,
    records,
    transit_gateways,
)
from sandbox.store import Body, Store

Step = Callable[[Store, Body, float], None]
"""Take one record over its transition that was due at a simulated time.

It must leave the record due later than that, due never, or gone.
"""

STEPS: Mapping[str, Step] = {
    records.NETWORKS: networks.step,
    records.GROUPS: groups.step,
    records.TRANSIT_GATEWAYS: transit_gateways.step,
    records.PRIVATE_DNS: private_dns.step,
    records.CUSTOM_DOMAINS: custom_domains.step,
    records.ADD_ONS: add_ons.step,
}


def advance(store: Store) -> None:
    """Play everything that was due by now, in every organisation."""
    now = store.clock.now()
    for view in organizations.stores(store):
        _advance(view, now)


def _advance(store: Store, now: float) -> None:
    while (due := store.next_due(records.CLOUD, now)) is not None:
        kind, id_, at = due
        record = store.get(records.CLOUD, kind, id_)
        assert record is not None
        STEPS[kind](store, record, at)
