"""Consumers, their groups and their credentials."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.core_entities import (
    acl,
    basic_auth,
    consumer,
    consumer_group,
    consumer_group_member,
    hmac_auth,
    jwt,
    key_auth,
    mtls_auth,
)
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example, Props
from tests.providers.konnect.local_konnect import LocalKonnect

KEY = "canary-API-key-0123456789"
JWT_SECRET = "canary-JWT-secret-0123456789"
PASSWORD = "canary-BASIC-password-0123456789"
HMAC_SECRET = "canary-HMAC-secret-0123456789"
PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nYQ==\n-----END PUBLIC KEY-----\n"
AUTHORITY = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"

OF_CONSUMER: Props = {"control_plane_id": PLANE, "consumer_id": ENTITY}
MORE: Props = {"tags": ["orders", "prod"], "adopt_existing_id": ENTITY}
ELSEWHERE: Props = {"control_plane_id": OTHER, "consumer_id": OTHER}

CONSUMER = Example(
    consumer.GatewayConsumerProvider,
    consumer.GatewayConsumer,
    full={"control_plane_id": PLANE, "username": "ann", "custom_id": "4711", **MORE},
    least={"control_plane_id": PLANE, "username": "ann"},
    replaces={"control_plane_id": OTHER},
    updates={"username": "anna", "custom_id": "4712", "tags": ["dev"]},
)

GROUP = Example(
    consumer_group.GatewayConsumerGroupProvider,
    consumer_group.GatewayConsumerGroup,
    full={"control_plane_id": PLANE, "name": "gold", **MORE},
    least={"control_plane_id": PLANE, "name": "gold"},
    replaces={"control_plane_id": OTHER},
    updates={"name": "platinum", "tags": ["dev"]},
)


def _membership(body: Props) -> Props:
    return {**body, "consumer_group": {"id": body["consumer_group_id"], "name": "gold"}}


MEMBER = Example(
    consumer_group_member.GatewayConsumerGroupMemberProvider,
    consumer_group_member.GatewayConsumerGroupMember,
    full={**OF_CONSUMER, "consumer_group_id": ENTITY, "adopt_existing_id": ENTITY},
    least={**OF_CONSUMER, "consumer_group_id": ENTITY},
    replaces={**ELSEWHERE, "consumer_group_id": OTHER},
    shape=_membership,
)

KEY_AUTH = Example(
    key_auth.GatewayKeyAuthProvider,
    key_auth.GatewayKeyAuth,
    full={**OF_CONSUMER, "key": KEY, "ttl": 3600, **MORE},
    least=OF_CONSUMER,
    replaces=ELSEWHERE,
    updates={"key": "another-key", "ttl": 60, "tags": ["dev"]},
)

BASIC_AUTH = Example(
    basic_auth.GatewayBasicAuthProvider,
    basic_auth.GatewayBasicAuth,
    full={**OF_CONSUMER, "username": "ann", "password": PASSWORD, **MORE},
    least={**OF_CONSUMER, "username": "ann", "password": PASSWORD},
    replaces=ELSEWHERE,
    updates={"username": "anna", "password": "another-password", "tags": ["dev"]},
)

HMAC_AUTH = Example(
    hmac_auth.GatewayHmacAuthProvider,
    hmac_auth.GatewayHmacAuth,
    full={**OF_CONSUMER, "username": "ann", "secret": HMAC_SECRET, **MORE},
    least={**OF_CONSUMER, "username": "ann"},
    replaces=ELSEWHERE,
    updates={"username": "anna", "secret": "another-secret", "tags": ["dev"]},
)

MTLS_AUTH = Example(
    mtls_auth.GatewayMtlsAuthProvider,
    mtls_auth.GatewayMtlsAuth,
    full={**OF_CONSUMER, "subject_name": "ann", "ca_certificate": {"id": ENTITY}, **MORE},
    least={**OF_CONSUMER, "subject_name": "ann"},
    replaces=ELSEWHERE,
    updates={"subject_name": "anna", "ca_certificate": {"id": OTHER}, "tags": ["dev"]},
)

JWT = Example(
    jwt.GatewayJwtProvider,
    jwt.GatewayJwt,
    full={
        **OF_CONSUMER,
        "algorithm": "HS512",
        "key": "https://ann.example.com",
        "secret": JWT_SECRET,
        "rsa_public_key": PUBLIC_KEY,
        **MORE,
    },
    least=OF_CONSUMER,
    replaces=ELSEWHERE,
    updates={
        "algorithm": "ES256",
        "key": "https://anna.example.com",
        "secret": "another-secret",
        "rsa_public_key": PUBLIC_KEY.replace("YQ==", "Yg=="),
        "tags": ["dev"],
    },
)

ACL = Example(
    acl.GatewayAclProvider,
    acl.GatewayAcl,
    full={**OF_CONSUMER, "group": "admins", **MORE},
    least={**OF_CONSUMER, "group": "admins"},
    replaces=ELSEWHERE,
    updates={"group": "users", "tags": ["dev"]},
)

EXAMPLES: tuple[Example, ...] = (
    CONSUMER,
    GROUP,
    MEMBER,
    KEY_AUTH,
    BASIC_AUTH,
    HMAC_AUTH,
    MTLS_AUTH,
    JWT,
    ACL,
)


def _entity(
    example: Example, plane: str, collection: str, inputs: Props, change: Props, **parents: str
) -> Case:
    places = {"control_plane_id": plane, **parents}
    named = ", ".join(f'"{name}": "{id_}"' for name, id_ in places.items())
    return Case(
        example.provider,
        f"control-planes/{plane}/core-entities/{collection}",
        inputs={**places, **inputs},
        change=change,
        fixed={},
        import_id=f'{{{{"id": "{{id}}", {named}}}}}',
    )


def consumer_case(konnect: LocalKonnect) -> Case:
    """A consumer with a user name."""
    inputs: Props = {"username": "ann", "tags": ["b", "a"]}
    change: Props = {"custom_id": "4711", "tags": ["a"]}
    return _entity(CONSUMER, konnect.plane(), "consumers", inputs, change)


def group_case(konnect: LocalKonnect) -> Case:
    """A consumer group."""
    inputs: Props = {"name": "gold", "tags": ["b", "a"]}
    return _entity(GROUP, konnect.plane(), "consumer_groups", inputs, {"tags": ["a"]})


def member_case(konnect: LocalKonnect) -> Case:
    """A consumer in a group."""
    plane = konnect.plane()
    group_id = konnect.entity(plane, "consumer_groups", name="gold")
    places = f'"control_plane_id": "{plane}", "consumer_group_id": "{group_id}"'
    return Case(
        MEMBER.provider,
        f"control-planes/{plane}/core-entities/group-members",
        inputs={
            "control_plane_id": plane,
            "consumer_group_id": group_id,
            "consumer_id": konnect.entity(plane, "consumers", username="ann"),
        },
        change={},
        fixed={},
        import_id=f'{{{{{places}, "consumer_id": "{{id}}"}}}}',
        listed=True,
    )


def _credential(
    konnect: LocalKonnect, example: Example, collection: str, inputs: Props, change: Props
) -> Case:
    plane = konnect.plane()
    ann = konnect.entity(plane, "consumers", username="ann")
    return _entity(example, plane, collection, inputs, change, consumer_id=ann)


def key_auth_case(konnect: LocalKonnect) -> Case:
    """An API key that was chosen."""
    return _credential(konnect, KEY_AUTH, "key-auths", {"key": KEY}, {"ttl": 3600})


def basic_auth_case(konnect: LocalKonnect) -> Case:
    """A user name with a password."""
    inputs: Props = {"username": "ann", "password": PASSWORD}
    return _credential(konnect, BASIC_AUTH, "basic-auths", inputs, {"tags": ["orders"]})


def hmac_auth_case(konnect: LocalKonnect) -> Case:
    """A user name with a secret that was chosen."""
    inputs: Props = {"username": "ann", "secret": HMAC_SECRET}
    return _credential(konnect, HMAC_AUTH, "hmac-auths", inputs, {"tags": ["orders"]})


def mtls_auth_case(konnect: LocalKonnect) -> Case:
    """A subject of a certificate."""
    case = _credential(
        konnect, MTLS_AUTH, "mtls-auths", {"subject_name": "ann"}, {"tags": ["orders"]}
    )
    plane = case.inputs["control_plane_id"]
    authority = konnect.entity(plane, "ca_certificates", cert=AUTHORITY)
    case.inputs["ca_certificate"] = {"id": authority}
    return case


def jwt_case(konnect: LocalKonnect) -> Case:
    """An issuer with a secret."""
    inputs: Props = {"key": "https://ann.example.com", "secret": JWT_SECRET}
    change: Props = {"algorithm": "RS256", "rsa_public_key": PUBLIC_KEY}
    return _credential(konnect, JWT, "jwts", inputs, change)


def acl_case(konnect: LocalKonnect) -> Case:
    """An ACL group."""
    return _credential(konnect, ACL, "acls", {"group": "admins"}, {"tags": ["orders"]})


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "GatewayConsumer": consumer_case,
    "GatewayConsumerGroup": group_case,
    "GatewayConsumerGroupMember": member_case,
    "GatewayKeyAuth": key_auth_case,
    "GatewayBasicAuth": basic_auth_case,
    "GatewayHmacAuth": hmac_auth_case,
    "GatewayMtlsAuth": mtls_auth_case,
    "GatewayJwt": jwt_case,
    "GatewayAcl": acl_case,
}
