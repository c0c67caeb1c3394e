"""The routes of Azure Front Door, and the rules that they apply to requests.

A route needs an origin group with an enabled origin, and a domain to answer for.

Source: Microsoft, "Azure Front Door" and its REST API. Codes that it does not document are
``BadRequest`` here, the code of its other refusals.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.azure.cloud import CDN, azure, holders
from sandbox.clouds.azure.front_door import (
    CUSTOM_DOMAIN,
    ENDPOINT,
    IN_USE,
    ORIGIN_GROUP,
    PROFILE,
    SWITCH,
    enabled,
    enabled_origins,
    refused,
    resource,
)
from sandbox.clouds.azure.names import only_letters_and_digits, owner_id, same_name
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import block, blocks, text, texts, whole
from sandbox.clouds.wire import Values
from sandbox.store import Found

_NO_ORIGINS: Error = (
    "BadRequest",
    "Please make sure that the originGroup is created successfully and at least one enabled origin "
    "is created under the origin group.",
)

# Rules

_MOST_ACTIONS = 5

RULE_SET = azure(
    CDN,
    "RuleSet",
    {},
    parent=PROFILE,
    well_named=only_letters_and_digits(60),
    common=("provisioningState",),
    in_use=IN_USE,
    outputs=("deploymentStatus",),
    made=lambda call, id_: {"deploymentStatus": "NotStarted"},
)


def _sound_rule(call: Call) -> None:
    """A rule: a rule has one to five actions, and an order that no other rule of its set has."""
    if not 1 <= len(call.values.get("actions", [])) <= _MOST_ACTIONS:
        raise refused(call, f"A rule must have 1 to {_MOST_ACTIONS} actions.")
    it = RULE.id(call)
    for other in holders(call, call.found["ruleSetName"][0], RULE):
        if not same_name(other.id, it) and other.body.get("order") == call.values.get("order"):
            said = f"Rules '{name_of(it)}' and '{name_of(other.id)}' have the same order"
            raise refused(call, f"{said} {call.values.get('order')}.")


RULE = azure(
    CDN,
    "Rule",
    {
        "order": whole(),
        "actions": blocks(
            {
                "name": text(required=True, choices=("ModifyRequestHeader",)),
                "parameters": block(
                    {
                        "typeName": text(
                            required=True, choices=("DeliveryRuleHeaderActionParameters",)
                        ),
                        "headerAction": text(
                            required=True, choices=("Append", "Overwrite", "Delete")
                        ),
                        "headerName": text(required=True),
                        "value": text(),
                    },
                    required=True,
                ),
            }
        ),
        "matchProcessingBehavior": text(choices=("Continue", "Stop"), computed=True),
    },
    parent=RULE_SET,
    well_named=only_letters_and_digits(260),
    common=("provisioningState",),
    rules=(_sound_rule,),
    outputs=("deploymentStatus",),
    made=lambda call, id_: {
        "matchProcessingBehavior": call.values.get("matchProcessingBehavior", "Continue"),
        "deploymentStatus": "NotStarted",
    },
)


# Routes


def _has_origins(call: Call) -> None:
    """A rule: a route leads to a group with an enabled origin."""
    groups = call.found.get("originGroup.id", [])
    if not groups or not any(enabled_origins(call, groups[0])):
        raise call.error(_NO_ORIGINS)


def _sound_protocols(call: Call) -> None:
    """A rule: a redirect to HTTPS needs both protocols, and each pattern begins with a slash."""
    protocols = set(call.values.get("supportedProtocols", ("Http", "Https")))
    redirects = call.values.get("httpsRedirect", "Disabled") == "Enabled"
    if redirects and protocols != {"Http", "Https"}:
        raise refused(call, "HttpsRedirect needs supportedProtocols Http and Https.")
    for pattern in _patterns(call.values):
        if not pattern.startswith("/"):
            raise refused(call, f"The pattern '{pattern}' must begin with '/'.")


def _patterns(route: Values) -> list[str]:
    return list(route.get("patternsToMatch") or ["/*"])


def _domains(route: Values, endpoint: str) -> set[str]:
    """The ids of the domains that a route answers for, in lower case."""
    own = {endpoint.lower()} if route.get("linkToDefaultDomain") == "Enabled" else set()
    return own | {domain["id"].lower() for domain in route.get("customDomains", [])}


def _own_domains(call: Call) -> None:
    """A rule: a route answers for a domain, and no two routes for one domain and pattern.

    A custom domain belongs to the routes of one endpoint.
    """
    it, endpoint = ROUTE.id(call), call.found["endpointName"][0]
    mine = _domains(call.values, endpoint.id)
    if not mine:
        raise refused(call, f"Route '{name_of(it)}' has no domain: link it to the default domain.")
    for other in _routes(call):
        shared = mine & _domains(other.body, owner_id(other.id))
        if not shared or same_name(other.id, it):
            continue
        if not same_name(owner_id(other.id), endpoint.id):
            raise refused(call, f"Domain {min(shared)} is associated with {owner_id(other.id)}.")
        for pattern in set(_patterns(call.values)) & set(_patterns(other.body)):
            said = f"Routes '{name_of(it)}' and '{name_of(other.id)}' have the same domain"
            raise refused(call, f"{said} and pattern '{pattern}'.")


def _routes(call: Call) -> Iterator[Found]:
    """The routes of the whole profile."""
    for path, user in call.store.users(call.found["profileName"][0]):
        if user.kind == ROUTE.token and path == "profileName":
            yield user


def _route(call: Call) -> Values:
    values = call.values
    return {
        **enabled(call),
        "patternsToMatch": _patterns(values),
        "supportedProtocols": values.get("supportedProtocols", ["Http", "Https"]),
        "forwardingProtocol": values.get("forwardingProtocol", "MatchRequest"),
        "httpsRedirect": values.get("httpsRedirect", "Disabled"),
        "linkToDefaultDomain": values.get("linkToDefaultDomain", "Disabled"),
    }


def _made_route(call: Call, id_: str) -> Values:
    del id_
    return {**_route(call), "deploymentStatus": "NotStarted"}


_PROTOCOLS = ("HttpOnly", "HttpsOnly", "MatchRequest")

ROUTE = azure(
    CDN,
    "Route",
    {
        "originGroup": block(resource(ORIGIN_GROUP, missing=_NO_ORIGINS)),
        "originPath": text(),
        "customDomains": blocks(resource(CUSTOM_DOMAIN)),
        "ruleSets": blocks(resource(RULE_SET)),
        "patternsToMatch": texts(computed=True),
        "supportedProtocols": texts(computed=True),
        "forwardingProtocol": text(choices=_PROTOCOLS, computed=True),
        "httpsRedirect": text(choices=SWITCH, computed=True),
        "linkToDefaultDomain": text(choices=SWITCH, computed=True),
        "enabledState": text(choices=SWITCH, computed=True),
    },
    parent=ENDPOINT,
    common=("provisioningState",),
    rules=(_has_origins, _sound_protocols, _own_domains),
    outputs=("deploymentStatus",),
    made=_made_route,
    changed=_route,
)
