"""Firewall instances, and their association with the gateways of a FireNet."""

from __future__ import annotations

from sandbox.aviatrix import firenet, gateways, records, tasks
from sandbox.aviatrix.actions import Asked, Refused, Work, action
from sandbox.aviatrix.cloud_networks import (
    AWS_TYPE,
    AZURE_TYPE,
    GCP_TYPE,
    CloudNetwork,
    free_address,
    network_of,
    occupy,
    public_address,
    subnet_of,
)
from sandbox.store import Body, Found, Store

LAUNCH = 4 * gateways.MINUTE
TERMINATION = 2 * gateways.MINUTE

PALO_ALTO = "Palo Alto Networks"
FQDN_VENDOR = "Aviatrix FQDN Gateway"
_IMAGES: tuple[Body, ...] = (
    {
        "description": f"{PALO_ALTO} VM-Series Next-Generation Firewall Bundle 1",
        "version": ["11.1.4", "10.2.10"],
        "size": ["m5.xlarge", "m5.2xlarge", "Standard_D3_v2", "n1-standard-4"],
    },
    {
        "description": "Check Point CloudGuard IaaS Next-Gen Firewall w. Threat Prevention",
        "version": ["R81.20-631", "R80.40-294.581"],
        "size": ["c5.xlarge", "c5.2xlarge", "Standard_D3_v2", "n1-standard-4"],
    },
    {
        "description": "Fortinet FortiGate Next-Generation Firewall",
        "version": ["7.4.4", "7.2.8"],
        "size": ["c5.xlarge", "c5n.xlarge", "Standard_D3_v2", "n1-standard-4"],
    },
)
"""A few images of the marketplaces. The real list depends on the cloud and changes often."""
_VENDORS = ("Generic", PALO_ALTO, "Check Point", "Fortinet", FQDN_VENDOR)


@action(
    "list_firenet", ("subaction", "vpc_id"), words={"subaction": ("firewall_image",)}, reads=True
)
def list_images(asked: Asked) -> Body:
    """The images that a FireNet can launch."""
    firenet.find(asked.store, asked["vpc_id"])
    return {"images": [dict(image) for image in _IMAGES]}


@action(
    "add_firewall_instance",
    ("firewall_name", "firewall_image", "firewall_size"),
    (
        *("cloud_type", "gw_name", "vpc_id", "firewall_image_version", "firewall_image_id"),
        *("no_associate", "key_name", "iam_role", "bootstrap_bucket_name", "user_data"),
        *("username", "password", "ssh_public_key", "zone", "tag_json", "management"),
        *("egress_subnet", "management_subnet", "egress", "egress_vpc", "management_vpc"),
    ),
)
def add(asked: Asked) -> Work:
    """Launch a firewall in the network of a FireNet."""
    store, name = asked.store, asked["firewall_name"]
    gateway, primary = _firenet_of(asked)
    gateways.same_cloud_type(asked, primary)
    _check_image(asked)
    _check_login(asked, primary["cloud_type"])
    for other in records.every(store, records.FIREWALLS, name=name, gateway=primary["name"]):
        raise Refused(f"Firewall {other['name']} already exists")
    account = gateways.account_of(store, primary)
    network = network_of(store, account, primary["vpc_id"], primary["region"])
    gcp = primary["cloud_type"] == GCP_TYPE
    field = "management" if gcp or asked.get("management") else "management_subnet"
    management, is_palo_alto = asked.get(field), asked["firewall_image"].startswith(PALO_ALTO)
    if is_palo_alto != bool(management):
        raise Refused(f"{field} is required for {PALO_ALTO}, and is a field of no other firewall")
    egress_field = "egress" if gcp else "egress_subnet"
    egress, egress_block = _subnet(asked, network, account, egress_field, "egress_vpc")
    subnets = [egress]
    if is_palo_alto:
        subnets.append(_subnet(asked, network, account, field, "management_vpc")[0])
    number = store.serial("aviatrix:firewall")
    id_ = f"i-1{number:016x}" if primary["cloud_type"] == AWS_TYPE else f"{name}-{number}"
    body = {
        "id": id_,
        "name": name,
        "state": records.LAUNCHING,
        "gateway": primary["name"],
        "gw_name": gateway["name"],
        "vpc_id": primary["shown_vpc_id"],
        "image": asked["firewall_image"],
        "image_version": asked.get("firewall_image_version", _image(asked)["version"][0]),
        "size": asked["firewall_size"],
        "egress_subnet": asked[egress_field] if gcp else egress_block,
        "management_subnet": management if gcp else management.partition("~~")[0],
        "zone": asked.get("zone", gateway["zone"]),
        "cloud_type": primary["cloud_type"],
        "private_ip": free_address(store, egress, primary["cloud_type"], egress_block),
        "lan_interface": _interface(primary, number, "lan"),
        "management_interface": _interface(primary, number, "mgmt") if is_palo_alto else "",
        "egress_interface": _interface(primary, number, "egress"),
        "management_public_ip": "",
    }
    records.put(store, records.FIREWALLS, id_, body)
    occupy(store, records.found(records.FIREWALLS, id_, body), network, *subnets)
    results = {"text": f"Successfully launched firewall {name}", "firewall_id": id_}
    return Work("create", records.FIREWALLS, id_, LAUNCH, results)


def _check_login(asked: Asked, cloud_type: int) -> None:
    """A virtual machine in Azure has a user with a password or a key. AWS and GCP have none."""
    login = [name for name in ("username", "password", "ssh_public_key") if asked.get(name)]
    if cloud_type != AZURE_TYPE:
        if login:
            raise Refused(f"{login[0]} is only supported for Azure")
        return
    if "username" not in login or len(login) != 2:
        raise Refused("Azure requires username, and one of password and ssh_public_key")
    if asked["username"] == "admin" and "Check Point" not in asked["firewall_image"]:
        raise Refused("username admin is not accepted in Azure")


def _firenet_of(asked: Asked) -> tuple[Body, Body]:
    """(gateway, its primary) of a new firewall. Native GWLB names the network instead."""
    if asked.get("gw_name"):
        return firenet.of_gateway(asked.store, asked["gw_name"])
    if not asked.get("vpc_id"):
        raise Refused("gw_name is required")
    primary = firenet.find(asked.store, asked["vpc_id"])
    if not primary["enable_gateway_load_balancer"]:
        raise Refused("gw_name is required: the FireNet has no native GWLB")
    return primary, primary


def _image(asked: Asked) -> Body:
    for image in _IMAGES:
        if image["description"] == asked["firewall_image"]:
            return image
    raise Refused(f"firewall_image {asked['firewall_image']} is not an image of list_firenet")


def _check_image(asked: Asked) -> None:
    image = _image(asked)
    for field, known in (("firewall_image_version", "version"), ("firewall_size", "size")):
        given = asked.get(field)
        if given and given not in image[known]:
            raise Refused(f"{field} {given} must be one of {', '.join(image[known])}")


def _subnet(
    asked: Asked, network: CloudNetwork, account: Body, field: str, vpc_field: str
) -> tuple[Found, str]:
    """(subnet, block) of an interface. In GCP it is in a network of its own."""
    given = asked.get(field)
    if not given:
        raise Refused(f"{field} is required")
    if network.cloud_type != GCP_TYPE:
        block = given.partition("~~")[0]
        return subnet_of(network, block, field), block
    block, _, rest = given.partition("~~")
    if rest.count("~~") != 1 or rest.partition("~~")[0] != network.region:
        raise Refused(f"{field} {given} must be <cidr>~~{network.region}~~<name>")
    if not asked.get(vpc_field):
        raise Refused(f"{vpc_field} is required")
    other = network_of(asked.store, account, asked[vpc_field], network.region)
    return subnet_of(other, block, field), block


def _interface(gateway: Body, number: int, purpose: str) -> str:
    if gateway["cloud_type"] == AWS_TYPE:
        return f"eni-{purpose}{number:013x}"
    return f"{gateway['name']}-firewall-{number}-{purpose}"


def _launched(store: Store, firewall: Body, at: float) -> Body:
    del at
    return {"management_public_ip": public_address(store, firewall["cloud_type"])}


tasks.CREATED[records.FIREWALLS] = _launched


def find(store: Store, id_: str) -> Body:
    """The firewall instance with this id, launched by the controller."""
    firewall = records.get(store, records.FIREWALLS, id_)
    if firewall is None:
        raise Refused(f"Unrecognized firewall instance_id {id_}")
    return firewall


@action("get_instance_by_id", ("instance_id",), reads=True)
def get_instance(asked: Asked) -> Body:
    """A firewall instance."""
    firewall = find(asked.store, asked["instance_id"])
    return {
        "instance_id": firewall["id"],
        "instance_name": firewall["name"],
        "instance_size": firewall["size"],
        "firewall_image": firewall["image"],
        "firewall_image_version": firewall["image_version"],
        "firenet_vpc": firewall["vpc_id"],
        "vpc_id": firewall["vpc_id"],
        "gw_name": firewall["gw_name"],
        "egress_subnet": firewall["egress_subnet"],
        "management_subnet": firewall["management_subnet"],
        "lan_interface_id": firewall["lan_interface"],
        "management_interface_id": firewall["management_interface"],
        "egress_interface_id": firewall["egress_interface"],
        "management_public_ip": firewall["management_public_ip"],
        "availability_zone": firewall["zone"],
        "cloud_vendor": {1: "AWS", 4: "GCP", 8: "ARM"}[firewall["cloud_type"]],
        "usr_tags": [],
    }


@action("delete_firenet_firewall_instance", ("vpc_id", "firewall_id"), may_be_async=True)
def delete(asked: Asked) -> Work:
    """Terminate a firewall instance that no gateway uses."""
    store, id_ = asked.store, asked["firewall_id"]
    firewall = find(store, id_)
    if firenet.find(store, asked["vpc_id"])["name"] != firewall["gateway"]:
        raise Refused(f"Firewall {id_} not found in FireNet {asked['vpc_id']}")
    if firewall["state"] != records.UP:
        raise Refused(f"Firewall {id_} is not up: it is {firewall['state']}")
    for associated in records.every(store, records.ASSOCIATIONS, firewall_id=id_):
        raise Refused(f"Firewall {id_} is associated with {associated['gateway_name']}")
    text = f"Successfully deleted firewall {id_}"
    return Work("delete", records.FIREWALLS, id_, TERMINATION, text)


# Associations


@action(
    "associate_firewall_with_firenet",
    ("vpc_id", "gateway_name", "firewall_id"),
    ("lan_interface", "firewall_name", "management_interface", "egress_interface"),
    words={"vendor": _VENDORS},
)
def associate(asked: Asked) -> str:
    """Associate a firewall, of the controller or of others, with a gateway of a FireNet."""
    store, id_ = asked.store, asked["firewall_id"]
    gateway, primary = firenet.of_gateway(store, asked["gateway_name"])
    if firenet.find(store, asked["vpc_id"])["name"] != primary["name"]:
        raise Refused(f"Gateway {gateway['name']} is not in FireNet {asked['vpc_id']}")
    for other in records.every(store, records.ASSOCIATIONS, firewall_id=id_):
        raise Refused(f"Firewall {id_} is already associated with {other['gateway_name']}")
    vendor = asked.get("vendor", "Generic")
    needed = [] if vendor == FQDN_VENDOR else ["lan_interface"]
    if vendor == "Generic":
        needed.append("egress_interface")
        if primary["cloud_type"] != GCP_TYPE:
            needed.append("firewall_name")
    for field in needed:
        if not asked.get(field):
            raise Refused(f"{field} is required")
    instance = records.get(store, records.FIREWALLS, id_)
    if instance is not None:
        _check_own(asked, instance)
    body = {
        "firewall_id": id_,
        "gateway_name": gateway["name"],
        "primary": primary["name"],
        "attached": False,
        "vendor": vendor,
        "firewall_name": asked.get("firewall_name"),
        "lan_interface": asked.get("lan_interface"),
        "management_interface": asked.get("management_interface"),
        "egress_interface": asked.get("egress_interface"),
    }
    records.put(store, records.ASSOCIATIONS, id_, body)
    return f"Successfully associated firewall {id_} with {gateway['name']}"


def _check_own(asked: Asked, instance: Body) -> None:
    """Raise Refused unless an instance of the controller is up and has these interfaces."""
    if instance["state"] != records.UP:
        raise Refused(f"Firewall {instance['id']} is not up: it is {instance['state']}")
    for field in ("lan_interface", "management_interface", "egress_interface"):
        if asked.get(field) and asked[field] != instance[field]:
            own = instance[field] or "none"
            raise Refused(f"{field} {asked[field]} is not that of {instance['id']}: {own}")


_BOTH = ("vpc_id", "firewall_id")


@action("attach_firewall_to_firenet", _BOTH, ("gateway_name",))
def attach(asked: Asked) -> str:
    """Let traffic through a firewall that is associated."""
    return _set_attached(asked, True)


@action("detach_firewall_from_firenet", _BOTH, ("gateway_name",))
def detach(asked: Asked) -> str:
    """Let no traffic through a firewall."""
    return _set_attached(asked, False)


def _set_attached(asked: Asked, wanted: bool) -> str:
    associated = _association(asked)
    id_, said = associated["firewall_id"], "attached" if wanted else "detached"
    if associated["attached"] == wanted:
        raise Refused(f"Firewall {id_} is {said}: no change needed")
    records.update(asked.store, records.ASSOCIATIONS, id_, attached=wanted)
    return f"Successfully {said} firewall {id_}"


@action(
    "disassociate_firewall_with_firenet",
    _BOTH,
    ("gateway_name", "lan_interface", "firewall_name", "management_interface", "egress_interface"),
    words={"vendor": _VENDORS},
)
def disassociate(asked: Asked) -> str:
    """End the association of a firewall, and its traffic."""
    associated = _association(asked)
    records.delete(asked.store, records.ASSOCIATIONS, associated["firewall_id"])
    return f"Successfully disassociated firewall {associated['firewall_id']}"


def _association(asked: Asked) -> Body:
    id_ = asked["firewall_id"]
    associated = records.get(asked.store, records.ASSOCIATIONS, id_)
    primary = firenet.find(asked.store, asked["vpc_id"])["name"]
    if associated is None or associated["primary"] != primary:
        raise Refused(f"Firewall {id_} not found in FireNet {asked['vpc_id']}")
    return associated
