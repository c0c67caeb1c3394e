"""The billing API, on every control plane of a gateway that another team owns."""

from __future__ import annotations

import pulumi

from multicloudgateway import Api, ApiArgs, GatewayContract, konnect


async def main() -> None:
    """Async, because what the gateway's stack exports decides what is built here."""
    config, credentials = pulumi.Config(), pulumi.Config("konnect")
    gateway = await GatewayContract.reference(config.require("gateway"))
    provider = konnect.Provider(
        "konnect",
        token=credentials.get_secret("token"),
        server_url=credentials.get("server_url"),
        geo=gateway.geo,
    )
    args = ApiArgs(
        owner="billing",
        service={"host": config.require("upstream"), "tls_verify": True},
        routes={
            "invoices": {"paths": ["/billing/invoices"], "methods": ["GET"]},
            "payments": {"paths": ["/billing/payments"], "methods": ["GET", "POST"]},
        },
        authentication={
            "openid_connect": {"issuer": config.require("issuer"), "audience": ["billing"]}
        },
        rate_limit={
            "limit": config.require_int("requests_per_minute"),
            "identifier": "credential",
        },
    )
    # The provider marks what it creates with this project and stack. The gateway's owners are told
    # them when they try to delete the gateway.
    api = Api("billing", args, gateway, pulumi.ResourceOptions(provider=provider))
    for region, urls in api.urls.items():
        pulumi.export(region, urls)


pulumi.run(main)
