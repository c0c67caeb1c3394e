"""Says in words what a walk found: the hops, or the hop that stops it, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reachability.graph import Graph
from reachability.services import Verdict, redis_walks
from reachability.trip import Stop
from reachability.walk import Walk

RESULTS: Final = "REACHABILITY_RESULTS"
"""The environment variable with the file that a policy writes for the report of a preview, in JSON:
``walked`` has service, gateway and result of each walk; ``dependencies`` has, by URN and property,
the URNs of the resources that the value comes from."""


def sentence(verdict: Verdict) -> str:
    """One sentence: the service, the gateway, and where the connection stops."""
    subject = f"service {verdict.service}: gateway {verdict.gateway}"
    if verdict.stop is None:
        return f"{subject} reaches it"
    return f"{subject} does not reach it: {reason(verdict.stop)}"


def reason(stop: Stop) -> str:
    """Where a connection stops, why, and the remedy."""
    way = "the reply stops" if stop.reply else "the request stops"
    return f"{way} at {stop.at}: {stop.problem}; {stop.remedy}"


def result(walked: Walk | Verdict) -> str:
    """What a table says of a walk: reached, and what was not checked, or where it stops and why."""
    if walked.stop is not None:
        return reason(walked.stop)
    if walked.assumptions:
        return f"reached as far as the stack shows: {'; '.join(walked.assumptions)}"
    return "reached"


def hop_lines(walked: Walk | Verdict) -> Iterator[str]:
    """A line for each hop, for where it stops, and for what was not checked."""
    for hop in walked.hops:
        yield f"-> {hop.words}"
    if walked.stop is not None:
        yield f"XX {reason(walked.stop)}"
    for assumption in walked.assumptions:
        yield f"?? {assumption}"


def redis_lines(graph: Graph) -> Iterator[tuple[str, str, str]]:
    """For each gateway: its key, its Redis, and whether it reaches it."""
    for gateway, redis, walked in redis_walks(graph):
        yield gateway, redis, "in Kong's network" if walked is None else result(walked)
