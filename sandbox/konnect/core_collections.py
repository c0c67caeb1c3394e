"""The collections of core entities: the model, keys and foreign keys of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.konnect import core_certificates, core_credentials, core_models, core_upstreams
from sandbox.konnect.partials import Partial


@dataclass(frozen=True)
class Reference:
    """A foreign key. With ``cascade``, deleting the target deletes the entity too."""

    field: str
    collection: str
    cascade: bool = True


@dataclass(frozen=True)
class Collection:
    """One kind of core entity.

    ``model`` is a pydantic model or a union of models. ``keys`` are the fields that identify
    an entity in a path, besides its id. ``name_filter`` is the field that ``filter[name]``
    compares. ``unique`` fields are unique per control plane. ``writable`` collections accept
    ``POST``, ``PUT`` and ``DELETE`` without a parent. ``dated`` ones have an ``updated_at``.
    """

    model: Any
    keys: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    name_filter: str | None = None
    writable: bool = True
    dated: bool = True


def _credential(model: Any, *unique: str, references: tuple[Reference, ...] = ()) -> Collection:
    consumer = Reference("consumer", "consumers")
    return Collection(
        model, unique=unique, references=(consumer, *references), writable=False, dated=False
    )


COLLECTIONS: Mapping[str, Collection] = {
    "services": Collection(
        core_models.Service,
        keys=("name",),
        unique=("name",),
        references=(Reference("client_certificate", "certificates", cascade=False),),
        name_filter="name",
    ),
    "routes": Collection(
        core_models.Route,
        keys=("name",),
        unique=("name",),
        references=(Reference("service", "services", cascade=False),),
        name_filter="name",
    ),
    "plugins": Collection(
        core_models.Plugin,
        unique=("instance_name",),
        references=(
            Reference("service", "services"),
            Reference("route", "routes"),
            Reference("consumer", "consumers"),
            Reference("consumer_group", "consumer_groups"),
        ),
        name_filter="name",
    ),
    "consumers": Collection(
        core_models.Consumer,
        keys=("username",),
        unique=("username", "custom_id"),
        name_filter="username",
    ),
    "consumer_groups": Collection(core_models.ConsumerGroup, keys=("name",), unique=("name",)),
    "partials": Collection(Partial, unique=("name",)),
    "vaults": Collection(core_models.Vault, keys=("prefix",), unique=("prefix",)),
    "upstreams": Collection(
        core_upstreams.Upstream,
        keys=("name",),
        unique=("name",),
        references=(Reference("client_certificate", "certificates", cascade=False),),
    ),
    "targets": Collection(
        core_upstreams.Target,
        keys=("target",),
        references=(Reference("upstream", "upstreams"),),
        writable=False,
    ),
    "certificates": Collection(core_certificates.Certificate),
    "ca_certificates": Collection(core_certificates.CaCertificate, unique=("cert_digest",)),
    "snis": Collection(
        core_certificates.Sni,
        keys=("name",),
        unique=("name",),
        references=(Reference("certificate", "certificates"),),
    ),
    "key-sets": Collection(core_certificates.KeySet, keys=("name",), unique=("name",)),
    "keys": Collection(
        core_certificates.Key,
        keys=("name",),
        unique=("name",),
        references=(Reference("set", "key-sets"),),
    ),
    "custom-plugins": Collection(core_models.CustomPlugin, unique=("name",)),
    "key-auths": _credential(core_credentials.KeyAuth, "key"),
    "basic-auths": _credential(core_credentials.BasicAuth, "username"),
    "hmac-auths": _credential(core_credentials.HmacAuth, "username"),
    "jwts": _credential(core_credentials.Jwt, "key"),
    "acls": _credential(core_credentials.Acl),
    "mtls-auths": _credential(
        core_credentials.MtlsAuth, references=(Reference("ca_certificate", "ca_certificates"),)
    ),
}
"""Path segment -> collection. Credentials and targets can be written only under a parent."""

NESTED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("services", "routes"): ("routes", "service"),
    ("services", "plugins"): ("plugins", "service"),
    ("routes", "plugins"): ("plugins", "route"),
    ("consumers", "plugins"): ("plugins", "consumer"),
    ("consumer_groups", "plugins"): ("plugins", "consumer_group"),
    ("upstreams", "targets"): ("targets", "upstream"),
    ("certificates", "snis"): ("snis", "certificate"),
    ("key-sets", "keys"): ("keys", "set"),
    ("consumers", "key-auth"): ("key-auths", "consumer"),
    ("consumers", "basic-auth"): ("basic-auths", "consumer"),
    ("consumers", "hmac-auth"): ("hmac-auths", "consumer"),
    ("consumers", "jwt"): ("jwts", "consumer"),
    ("consumers", "acls"): ("acls", "consumer"),
    ("consumers", "mtls-auth"): ("mtls-auths", "consumer"),
}
"""(parent segment, nested segment) -> (collection, field that refers to the parent)."""


def referrers(collection: str) -> list[tuple[str, Reference]]:
    """Every (collection, foreign key) that can refer to an entity of ``collection``."""
    return [
        (name, reference)
        for name, declared in COLLECTIONS.items()
        for reference in declared.references
        if reference.collection == collection
    ]
