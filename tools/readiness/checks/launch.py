"""Final checks before production: requests end to end, logs, metrics, load test, plans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tools.readiness.facts import Facts, title
from tools.readiness.verdict import Check, Item, Seen, manual, passed

_SECTION: Final = "Final checks"
_ANCHOR: Final = "general-pre-production-final-checks"


def _end_to_end(facts: Facts) -> Iterator[Seen]:
    for network in facts.live.networks:
        for one in network.attachments:
            look = "call an upstream behind it through a route of the gateway"
            subject = f"{network.region}: attachment {title(one)}"
            yield manual(subject, "needs a route to an upstream behind it", look)


def _metrics(facts: Facts) -> Iterator[Seen]:
    look = "send a request to its gateways, and run this again after a minute"
    for plane in facts.live.planes:
        if not plane.groups:
            continue
        if facts.live.requests is None:
            reason = f"analytics could not be read: {facts.live.requests_error}"
            yield manual(plane.name, reason, "look at Observability in Konnect")
            continue
        count = facts.live.requests.get(plane.key, 0)
        if count:
            yield passed(plane.name, f"{count:.0f} requests in the last 24 hours")
        else:
            yield manual(plane.name, "no requests in the last 24 hours", look)


def _recorded(why: str, look: str) -> Check:
    """Evidence that only people have."""

    def check(facts: Facts) -> Iterator[Seen]:
        if facts.live.networks:
            yield manual(facts.stack, why, look)

    return check


ITEMS: Final = (
    Item(
        "end-to-end",
        _SECTION,
        "A request goes through each attachment, end to end",
        "By hand, or by the tests of each API: only its owner knows an upstream behind it.",
        _end_to_end,
        "cloud-provider-configuration",
    ),
    Item(
        "metrics",
        _SECTION,
        "Metrics reach Konnect's analytics",
        "The analytics API has requests of each control plane in the last 24 hours.",
        _metrics,
        _ANCHOR,
    ),
    Item(
        "logs",
        _SECTION,
        "Access and error logs reach Konnect",
        "By hand: API Gateway > control plane > Control Plane Logs.",
        _recorded("Konnect has no API for these logs", "look at a sample of them in Konnect"),
        _ANCHOR,
    ),
    Item(
        "load-test",
        _SECTION,
        "Load and soak tests were run",
        "Recorded evidence: date, who, link.",
        _recorded("is not in any system that is read here", "run one with realistic traffic"),
        _ANCHOR,
    ),
    Item(
        "cutover-plan",
        _SECTION,
        "There is a cutover plan, with lowered TTLs and steps",
        "Recorded evidence: date, who, link.",
        _recorded("is not in any system that is read here", "write it: TTLs, order, who decides"),
        _ANCHOR,
    ),
    Item(
        "rollback-plan",
        _SECTION,
        "There is a rollback plan",
        "Recorded evidence: date, who, link.",
        _recorded("is not in any system that is read here", "write it, and try it once"),
        _ANCHOR,
    ),
)
