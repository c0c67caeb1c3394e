"""One object of every resource at a simulated Konnect, and the Terraform state that made them.

The state has the shapes of kong/konnect 3.19: unions are blocks with a `_response` twin, what
runs is mixed with what was written, and every attribute is there, null where it is unset.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Call = Callable[[str, str, Any], Any]
"""(method, path, body) -> answer, of whatever Konnect is tested against."""

GATEWAYS = "/v2/cloud-gateways"
PLANES = "/v2/control-planes"
HOUR = 3600.0

API_KEY = "canary-API-key-0123456789"
PASSWORD = "canary-BASIC-password-0123456789"
JWK = '{"kid": "42", "kty": "oct", "k": "canary-JWK-0123456789"}'
HMAC_SECRET = "canary-HMAC-secret-0123456789"
JWT_SECRET = "canary-JWT-secret-0123456789"
REDIS_PASSWORD = "canary-REDIS-password-0123456789"
CLIENT_SECRET = "canary-OIDC-secret-0123456789"
STORED = "canary-STORED-secret'with\"quotes\nand lines"
CREDENTIALS = (
    API_KEY,
    PASSWORD,
    HMAC_SECRET,
    JWT_SECRET,
    REDIS_PASSWORD,
    CLIENT_SECRET,
    "canary-JWK",
    "Y2FuYXJ5",
    STORED[:20],
)
"""What must be in no program and no report."""


def pem(content: str, label: str = "CERTIFICATE") -> str:
    """PEM text as Terraform's users write it, with a last line end."""
    body = "\n".join([content * 8] * 3)
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


CERT = pem("Y2VydA==")
CA_CERT = pem("Y2FjZXJ0")
NODE_CERT = pem("bm9kZXM=")
KEY = pem("Y2FuYXJ5", "PRIVATE KEY")

LUA_SCHEMA = """\
return {
  name = "greeter",
  fields = {
    { config = { type = "record", fields = { { greeting = { type = "string" } } } } },
  },
}
"""
LUA_HANDLER = "return { PRIORITY = 500 }\n"


class World:
    """The objects, by a name of their own, as Konnect answers them."""

    def __init__(
        self,
        call: Call,
        advance: Callable[[float], None],
        expires_at: str = "2130-01-31T00:00:00Z",
    ) -> None:
        """Make every object. ``expires_at`` is the token's, within twelve months of the clock."""
        self._expires_at = expires_at
        self._call = call
        self._advance = advance
        self.objects: dict[str, Json] = {}
        self._paths: dict[str, str] = {}
        self._planes()
        self._networks()
        self._gateway()
        self._certificates()
        self._keys()
        self._traffic()
        self._consumers()
        self._stores()
        self._plugins()
        self._custom_plugins()
        self._serverless()
        self._accounts()
        self.refresh()

    def __getitem__(self, name: str) -> Json:
        return self.objects[name]

    def id(self, name: str) -> str:
        """The id of an object."""
        return str(self.objects[name]["id"])

    def make(self, name: str, path: str, /, **body: Any) -> str:
        """Create an object; returns its id."""
        made = self._call("POST", path, body)
        made = made.get("item", made)
        self.objects[name] = made
        id_ = next(str(made[key]) for key in ("id", "key", "name") if key in made)
        self._paths[name] = f"{path}/{id_}"
        return id_

    def refresh(self) -> None:
        """Read everything again, as it is now."""
        for name, path in self._paths.items():
            answer = self._call("GET", path, None)
            self.objects[name] = answer.get("item", answer.get("consumer_group", answer))

    def entity(self, name: str, segment: str, /, **body: Any) -> str:
        """Create a core entity of the control plane."""
        return self.make(name, f"{PLANES}/{self.id('plane')}/core-entities/{segment}", **body)

    def _planes(self) -> None:
        urls = [{"host": "api.example.com", "port": 443, "protocol": "https"}]
        self.make(
            "plane",
            PLANES,
            name="Orders: prod",
            description="The orders platform",
            cloud_gateway=True,
            labels={"env": "prod"},
            proxy_urls=urls,
        )
        group = self.make(
            "group", PLANES, name="everything", cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP"
        )
        member = self.make("member", PLANES, name="member")
        body = {"members": [{"id": member}]}
        self._call("POST", f"{PLANES}/{group}/group-memberships/add", body)

    def _networks(self) -> None:
        accounts = self._call("GET", f"{GATEWAYS}/provider-accounts", None)["data"]
        places = {
            "aws": ("us-east-2", ["use2-az2", "use2-az1"], "10.20.0.0/16"),
            "gcp": ("us-east1", ["us-east1-b", "us-east1-c"], "10.21.0.0/16"),
        }
        for cloud, (region, zones, block) in places.items():
            account = next(a["id"] for a in accounts if a["provider"] == cloud)
            self.make(
                f"{cloud} network",
                f"{GATEWAYS}/networks",
                name=f"orders-{cloud}",
                cloud_gateway_provider_account_id=account,
                region=region,
                availability_zones=zones,
                cidr_block=block,
            )
        self._advance(HOUR)
        share = "arn:aws:ram:us-east-2:123456789012:resource-share/abc"
        self.make(
            "hub",
            f"{GATEWAYS}/networks/{self.id('aws network')}/transit-gateways",
            name="orders-hub",
            transit_gateway_attachment_config={
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": "tgw-0123456789abcdef0",
                "ram_share_arn": share,
            },
            cidr_blocks=["10.99.0.0/16", "10.96.0.0/16"],
            dns_config=[
                {"remote_dns_server_ip_addresses": ["10.96.0.2"], "domain_proxy_list": ["a.b"]}
            ],
        )
        self.make(
            "peering",
            f"{GATEWAYS}/networks/{self.id('gcp network')}/transit-gateways",
            name="orders-peering",
            transit_gateway_attachment_config={
                "kind": "gcp-vpc-peering-attachment",
                "peer_project_id": "orders-prod",
                "peer_vpc_name": "hub",
            },
        )
        self.make(
            "resolver",
            f"{GATEWAYS}/networks/{self.id('aws network')}/private-dns",
            name="corp",
            private_dns_attachment_config={
                "kind": "aws-outbound-resolver",
                "dns_config": {"corp.example": {"remote_dns_server_ip_addresses": ["10.96.0.2"]}},
            },
        )

    def _gateway(self) -> None:
        body = {
            "control_plane_id": self.id("plane"),
            "control_plane_geo": "us",
            "version": "3.13",
            "api_access": "private+public",
            "dataplane_groups": [
                {
                    "provider": "aws",
                    "region": "us-east-2",
                    "cloud_gateway_network_id": self.id("aws network"),
                    "autoscale": {"kind": "autopilot", "base_rps": 100},
                    "environment": [{"name": "KONG_LOG_LEVEL", "value": "info"}],
                }
            ],
        }
        self.objects["configuration"] = self._call("PUT", f"{GATEWAYS}/configurations", body)
        self._paths["configuration"] = f"{GATEWAYS}/configurations/{self.id('configuration')}"
        self._advance(HOUR)
        self.make(
            "cache",
            f"{GATEWAYS}/add-ons",
            name="orders-cache",
            owner={
                "kind": "control-plane",
                "control_plane_id": self.id("plane"),
                "control_plane_geo": "us",
            },
            config={
                "kind": "managed-cache.v0",
                "capacity_config": {"kind": "tiered", "tier": "small"},
            },
        )
        self.make(
            "domain",
            f"{GATEWAYS}/custom-domains",
            control_plane_id=self.id("plane"),
            control_plane_geo="us",
            domain="api.example.com",
        )
        self._acme_record("api.example.com")
        self._advance(HOUR)

    def _acme_record(self, domain: str) -> None:
        """Write the record without which Konnect gets no certificate for a domain."""
        label = self["plane"]["config"]["control_plane_endpoint"].split("/")[2].split(".")[0]
        target = f"_acme-challenge.{label}.acme.gateways.konggateway.com"
        record = {"name": f"_acme-challenge.{domain}", "type": "CNAME", "values": [target]}
        self._call("PUT", "/_sandbox/dns", record)

    def _certificates(self) -> None:
        certificate = self.entity("certificate", "certificates", cert=CERT, key=KEY)
        self.entity("ca", "ca_certificates", cert=CA_CERT)
        self.entity("sni", "snis", name="*.shop.example", certificate={"id": certificate})
        plane = f"{PLANES}/{self.id('plane')}"
        self.make("node certificate", f"{plane}/dp-client-certificates", cert=NODE_CERT)

    def _keys(self) -> None:
        key_set = self.entity("key set", "key-sets", name="partners")
        self.entity("signing key", "keys", kid="42", jwk=JWK, set={"id": key_set})

    def _traffic(self) -> None:
        service = self.entity(
            "service",
            "services",
            name="orders",
            host="orders.internal",
            port=8080,
            tags=["orders", "b"],
            ca_certificates=[self.id("ca")],
            client_certificate={"id": self.id("certificate")},
        )
        self.entity(
            "route",
            "routes",
            name="orders",
            service={"id": service},
            paths=["/orders", "/b"],
            headers={"x-tenant": ["b", "a"]},
            protocols=["https"],
        )
        upstream = self.entity(
            "upstream",
            "upstreams",
            name="orders.internal",
            healthchecks={"active": {"type": "http", "http_path": "/health"}},
        )
        self.entity("target", f"upstreams/{upstream}/targets", target="10.0.0.1:80", weight=10)

    def _consumers(self) -> None:
        consumer = self.entity("consumer", "consumers", username="alice", custom_id="a-1")
        below = f"consumers/{consumer}"
        self.entity("key", f"{below}/key-auth", key=API_KEY, ttl=0)
        self.entity("basic", f"{below}/basic-auth", username="alice", password=PASSWORD)
        self.entity("hmac", f"{below}/hmac-auth", username="alice", secret=HMAC_SECRET)
        self.entity("jwt", f"{below}/jwt", key="issuer", secret=JWT_SECRET)
        self.entity("acl", f"{below}/acls", group="admins")
        self.entity("subject", f"{below}/mtls-auth", subject_name="CN=alice")
        team = self.entity("team", "consumer_groups", name="team")
        path = f"{PLANES}/{self.id('plane')}/core-entities/consumer_groups/{team}/consumers"
        self._call("POST", path, {"consumer": consumer})

    def _stores(self) -> None:
        plane = f"{PLANES}/{self.id('plane')}"
        store = self.make("store", f"{plane}/config-stores", name="orders")
        secrets = f"{plane}/config-stores/{store}/secrets"
        self.make("secret", secrets, key="db-password", value=STORED)
        self.entity(
            "vault",
            "vaults",
            name="konnect",
            prefix="orders",
            config={"config_store_id": store},
        )

    def _serverless(self) -> None:
        """A serverless gateway of the first generation. Its id is its control plane's."""
        kind = "CLUSTER_TYPE_SERVERLESS"
        plane = self.make("serverless plane", PLANES, name="serverless", cluster_type=kind)
        endpoint = self["serverless plane"]["config"]["control_plane_endpoint"]
        prefix = endpoint.removeprefix("https://").partition(".")[0]
        path = "/v0/serverless-cloud-gateways"
        reference = {"id": plane, "prefix": prefix, "region": "us"}
        body = {"control_plane": reference, "cluster_cert": CERT, "cluster_cert_key": KEY}
        self.objects["serverless"] = self._call("POST", path, {**body, "labels": {"env": "prod"}})
        self._paths["serverless"] = f"{path}/{plane}"

    def _custom_plugins(self) -> None:
        """One of which the schema is uploaded, and one with its code; both are configured."""
        self.entity("schema", "plugin-schemas", lua_schema=LUA_SCHEMA)
        self.entity("greeting", "plugins", name="greeter", config={"greeting": "hello"})
        code = {"name": "streamed", "handler": LUA_HANDLER, "schema": LUA_SCHEMA}
        self.entity("code", "custom-plugins", **code)
        service = {"id": self.id("service")}
        self.entity("streamed", "plugins", name="streamed", config={}, service=service)

    def _plugins(self) -> None:
        partial = self.entity(
            "redis",
            "partials",
            name="redis",
            type="redis-ee",
            config={"host": "redis.internal", "port": 6379, "password": REDIS_PASSWORD},
        )
        limits = {"limit": [100], "window_size": [60], "strategy": "redis", "sync_rate": 0.5}
        self.entity(
            "limits",
            "plugins",
            name="rate-limiting-advanced",
            config=limits,
            service={"id": self.id("service")},
            partials=[{"id": partial, "path": "config.redis"}],
        )
        self.entity(
            "cached limits",
            "plugins",
            name="rate-limiting-advanced",
            instance_name="cached",
            config=limits,
            partials=[{"id": self.managed_partial, "path": "config.redis"}],
        )
        self.entity(
            "login",
            "plugins",
            name="openid-connect",
            route={"id": self.id("route")},
            config={
                "issuer": "https://login.example.com",
                "client_id": ["client-7f3a"],
                "client_secret": [CLIENT_SECRET],
            },
        )

    def _accounts(self) -> None:
        path = "/v3/system-accounts"
        account = self.make("account", path, name="deployer", description="")
        token = {"name": "ci", "expires_at": self._expires_at}
        self.make("token", f"{path}/{account}/access-tokens", **token)
        role = {
            "role_name": "Deployer",
            "entity_id": self.id("plane"),
            "entity_type_name": "Control Planes",
            "entity_region": "us",
        }
        made = self._call("POST", f"{path}/{account}/assigned-roles", role)
        self.objects["role"] = made
        deployers = self.make("deployers", "/v3/teams", name="deployers")
        self._call("POST", f"/v3/teams/{deployers}/system-accounts", {"id": account})

    @property
    def managed_partial(self) -> str:
        """The partial that Konnect made for the managed cache."""
        self.objects["cache"] = self._call("GET", self._paths["cache"], None)
        return str(self["cache"]["config"]["state_metadata"]["cache_config_id"])

    # What Terraform's state holds of them.

    def terraform(self) -> Json:
        """A state file of version 4 with everything in it."""
        return {
            "version": 4,
            "terraform_version": "1.9.8",
            "serial": 12,
            "lineage": "0b7c1f5e-0a4f-4d1c-9d7e-0d8f4b1b9a55",
            "outputs": {},
            "resources": [
                resource(type_, name, attributes)
                for type_, name, attributes in self._terraform_objects()
            ],
            "check_results": None,
        }

    def _terraform_objects(self) -> list[tuple[str, str, Json]]:
        plane = {"control_plane_id": self.id("plane")}
        consumer = {**plane, "consumer_id": self.id("consumer")}
        account = {"account_id": self.id("account")}
        config = {"metadata": None, **self["vault"]["config"]}
        login = {**self["login"]["config"], "anonymous": None}
        limits = {**self["limits"]["config"], "redis": {"host": "127.0.0.1", "port": "6379"}}
        redis = self["redis"]
        ports = {**redis["config"], "port": "6379", "username": None, "cloud_authentication": None}
        return [
            ("gateway_acl", "admins", {**self["acl"], **consumer}),
            ("gateway_basic_auth", "alice", {**self["basic"], **consumer}),
            ("gateway_ca_certificate", "this", {**self["ca"], "cert": CA_CERT, **plane}),
            (
                "gateway_certificate",
                "this",
                {**self["certificate"], "cert": CERT, "key": KEY, "key_alt": None, **plane},
            ),
            ("gateway_config_store", "this", {**self["store"], **plane}),
            (
                "gateway_config_store_secret",
                "password",
                {**self["secret"], **plane, "config_store_id": self.id("store"), "value": STORED},
            ),
            ("gateway_consumer", "alice", {**self["consumer"], **plane}),
            ("gateway_consumer_group", "team", {**self["team"], **plane}),
            (
                "gateway_consumer_group_member",
                "alice",
                {**consumer, "consumer_group_id": self.id("team")},
            ),
            ("gateway_control_plane", "this", self._terraform_plane("plane")),
            ("gateway_control_plane", "group", self._terraform_plane("group")),
            ("gateway_control_plane", "member", self._terraform_plane("member")),
            (
                "gateway_control_plane_membership",
                "group",
                {"id": self.id("group"), "members": [{"id": self.id("member")}]},
            ),
            (
                "gateway_custom_plugin",
                "greeting",
                {**self["greeting"], "config": dynamic(self["greeting"]["config"]), **plane},
            ),
            (
                "gateway_custom_plugin",
                "streamed",
                {**self["streamed"], "config": dynamic({}), "tags": None, **plane},
            ),
            ("gateway_custom_plugin_schema", "greeter", {**self["schema"], **plane}),
            ("gateway_custom_plugin_streaming", "streamed", {**self["code"], **plane}),
            (
                "gateway_data_plane_client_certificate",
                "this",
                {**self["node certificate"], **plane},
            ),
            ("gateway_hmac_auth", "alice", {**self["hmac"], **consumer}),
            ("gateway_jwt", "alice", {**self["jwt"], "rsa_public_key": None, **consumer}),
            ("gateway_key", "signing", {**self["signing key"], "pem": None, **plane}),
            ("gateway_key_set", "partners", {**self["key set"], **plane}),
            ("gateway_key_auth", "alice", {**self["key"], **consumer}),
            ("gateway_mtls_auth", "alice", {**self["subject"], "ca_certificate": None, **consumer}),
            (
                "gateway_partial",
                "redis",
                {
                    **plane,
                    "id": redis["id"],
                    "name": redis["name"],
                    "redis_ce": None,
                    "redis_ee": {"name": redis["name"], "tags": None, "config": ports},
                    "vectordb": None,
                    "embeddings": None,
                    "model": None,
                },
            ),
            ("gateway_plugin_openid_connect", "login", {**self["login"], "config": login, **plane}),
            (
                "gateway_plugin_rate_limiting_advanced",
                "limits",
                {**self["limits"], "config": limits, "ordering": None, **plane},
            ),
            ("gateway_plugin_rate_limiting_advanced", "cached", {**self["cached limits"], **plane}),
            ("gateway_route", "orders", {**self["route"], "sources": None, "hosts": None, **plane}),
            ("gateway_service", "orders", {**self["service"], "path": None, **plane}),
            ("gateway_sni", "shop", {**self["sni"], **plane}),
            (
                "gateway_target",
                "first",
                {**self["target"], **plane, "upstream_id": self.id("upstream")},
            ),
            ("gateway_upstream", "orders", {**self["upstream"], "hash_on_header": None, **plane}),
            ("gateway_vault", "this", {**self["vault"], "config": json.dumps(config), **plane}),
            ("cloud_gateway_addon", "cache", self._terraform_addon()),
            ("cloud_gateway_configuration", "this", self._terraform_configuration()),
            ("cloud_gateway_custom_domain", "api", self["domain"]),
            ("cloud_gateway_network", "aws", self["aws network"]),
            ("cloud_gateway_network", "gcp", self["gcp network"]),
            ("cloud_gateway_private_dns", "corp", self._terraform_private_dns()),
            ("cloud_gateway_transit_gateway", "hub", self._terraform_hub()),
            ("cloud_gateway_transit_gateway", "peering", self._terraform_peering()),
            ("gateway_control_plane", "serverless", self._terraform_plane("serverless plane")),
            (
                "serverless_cloud_gateway",
                "this",
                {**self["serverless"], "cluster_cert": CERT, "cluster_cert_key": KEY},
            ),
            ("system_account", "deployer", self["account"]),
            ("system_account_access_token", "ci", {**self["token"], **account}),
            ("system_account_role", "deployer", {**self["role"], **account}),
            ("system_account_team", "deployer", {**account, "team_id": self.id("deployers")}),
        ]

    def _terraform_plane(self, name: str) -> Json:
        """As after an import: only `config` holds what was read."""
        names = ("auth_type", "cloud_gateway", "cluster_type", "proxy_urls")
        return {**self[name], **dict.fromkeys(names)}

    def _terraform_addon(self) -> Json:
        addon = self["cache"]
        capacity = {"tiered": {"tier": addon["config"]["capacity_config"]["tier"]}}
        owner = {k: v for k, v in addon["owner"].items() if k != "kind"}
        answer = {**addon["config"], "capacity_config": capacity}
        config = {
            "managed_cache": {"capacity_config": capacity},
            "managed_cache_add_on_config_response": answer,
        }
        return {
            **addon,
            "config": config,
            "owner": {"control_plane": owner, "control_plane_group": None},
        }

    def _terraform_configuration(self) -> Json:
        configuration = {**self["configuration"]}
        del configuration["dataplane_group_config"]
        kind = "configuration_data_plane_group_autoscale_"
        groups = [
            {
                **group,
                "autoscale": {f"{kind}autopilot": group["autoscale"], f"{kind}static": None},
            }
            for group in configuration["dataplane_groups"]
        ]
        return {**configuration, "dataplane_groups": groups}

    def _terraform_hub(self) -> Json:
        """As after the create: the block and its twin."""
        hub = self["hub"]
        config = {**hub["transit_gateway_attachment_config"]}
        config.pop("attachment_id", None)
        names = ("name", "cidr_blocks", "dns_config")
        block = {**{n: hub[n] for n in names}, "transit_gateway_attachment_config": config}
        return {
            **{n: hub[n] for n in ("id", "name", "state", "created_at", "updated_at")},
            "network_id": self.id("aws network"),
            **dict.fromkeys(BLOCKS),
            "aws_transit_gateway": block,
            "aws_transit_gateway_response": hub,
        }

    def _terraform_peering(self) -> Json:
        """As after an import: only the twin."""
        peering = self["peering"]
        return {
            **{n: peering[n] for n in ("id", "name", "state", "created_at", "updated_at")},
            "network_id": self.id("gcp network"),
            **dict.fromkeys(BLOCKS),
            "gcpvpc_peering_gateway_response": peering,
        }

    def _terraform_private_dns(self) -> Json:
        resolver = self["resolver"]
        config = resolver["private_dns_attachment_config"]
        return {
            **{n: resolver[n] for n in ("id", "name", "state", "created_at", "updated_at")},
            "network_id": self.id("aws network"),
            "private_dns_attachment_config": {
                "aws_private_hosted_zone_attachment_config": None,
                "aws_private_dns_resolver_attachment_config": config,
            },
            "aws_private_hosted_zone_response": None,
            "aws_private_dns_resolver_response": resolver,
        }


BLOCKS = (
    "aws_transit_gateway",
    "aws_vpc_peering_gateway",
    "aws_resource_endpoint_gateway",
    "azure_transit_gateway",
    "azure_vhub_peering_gateway",
    "gcp_vpc_peering_transit_gateway",
    "aws_transit_gateway_response",
    "aws_vpc_peering_gateway_response",
    "aws_resource_endpoint_gateway_response",
    "azure_transit_gateway_response",
    "azure_vhub_peering_gateway_response",
    "gcpvpc_peering_gateway_response",
)


def resource(type_: str, name: str, attributes: Json, **more: Any) -> Json:
    """One resource of a state file; ``more`` goes into its only instance."""
    return {
        "mode": "managed",
        "type": f"konnect_{type_}",
        "name": name,
        "provider": 'provider["registry.terraform.io/kong/konnect"]',
        "instances": [
            {"schema_version": 0, "attributes": attributes, "sensitive_attributes": [], **more}
        ],
    }


def dynamic(config: Json) -> Json:
    """A value of Terraform's type `dynamic`, as a state file has it: with its type."""
    return {"value": config, "type": ["object", dict.fromkeys(config, "string")]}
