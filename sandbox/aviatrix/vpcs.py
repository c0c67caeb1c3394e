"""Networks of an access account that the controller did not create."""

from __future__ import annotations

from sandbox.aviatrix import accounts
from sandbox.aviatrix.actions import Asked, Refused, action
from sandbox.aviatrix.cloud_networks import AWS_TYPE, network_of, route_tables
from sandbox.store import Body


@action(
    "list_vpc_route_tables",
    ("vpc_id", "account_name", "vpc_region"),
    ("public_only", "ignore_filtering"),
    reads=True,
)
def list_route_tables(asked: Asked) -> Body:
    """The route tables of a VPC: ``rtb-…~~name``."""
    account = accounts.find(asked.store, asked["account_name"])
    if account["cloud_type"] != AWS_TYPE:
        raise Refused(f"Account {account['account_name']} is not of AWS: it has no route tables")
    network = network_of(asked.store, account, asked["vpc_id"], asked["vpc_region"])
    tables = route_tables(network)
    return {"vpc_rtbs_list": [f"{id_}~~{name}" for id_, name in tables.items()]}
