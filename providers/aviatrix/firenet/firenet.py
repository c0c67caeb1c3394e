"""The settings of a FireNet. It exists as soon as its gateway has FireNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.firenet.listing import firenet
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import comma_list, is_yes
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props, SetOf

_UNCHANGED: Final = ("configuration not changed", "list is not changed", "no change needed")
_DEFAULTS: Final[Mapping[str, Any]] = {
    "inspection_enabled": True,
    "egress_enabled": False,
    "hashing_algorithm": "5-Tuple",
    "egress_static_cidrs": [],
    "excluded_cidrs": [],
}


class FirenetInputs(AviatrixInputs):
    """The settings of a FireNet."""

    vpc_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    inspection_enabled: bool = True
    egress_enabled: bool = False
    hashing_algorithm: Literal["2-Tuple", "5-Tuple"] = "5-Tuple"
    egress_static_cidrs: SetOf[str] = []
    excluded_cidrs: SetOf[str] = []


class FirenetProvider(AviatrixProvider[FirenetInputs]):
    """Reads and writes settings. Every FireNet has some, so nothing is created or looked for."""

    Inputs = FirenetInputs
    noun = "FireNet"
    natural_key = ("vpc_id",)

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        found = firenet(client, props["vpc_id"], fresh=fresh)
        if found is None:
            return None
        return Answer(
            vpc_id=props["vpc_id"],
            inspection_enabled=is_yes(found.get("inspection")),
            egress_enabled=is_yes(found.get("firewall_egress")),
            hashing_algorithm=found.get("firewall_hashing") or "5-Tuple",
            egress_static_cidrs=sorted(comma_list(found.get("egress_static_cidr"))),
            excluded_cidrs=sorted(comma_list(found.get("exclude_cidr"))),
        )

    def find(self, client: Client, inputs: FirenetInputs) -> Json | None:
        return None

    def make(self, client: Client, inputs: FirenetInputs) -> None:
        self._write(client, inputs.model_dump(mode="json"))

    def edit(self, client: Client, inputs: FirenetInputs, changed: Sequence[str]) -> None:
        self._write(client, inputs.model_dump(mode="json"))

    def destroy(self, client: Client, props: Props) -> None:
        """Write the defaults again. The FireNet itself goes with its gateway."""
        if self.look(client, props, fresh=True) is not None:
            self._write(client, {"vpc_id": props["vpc_id"], **_DEFAULTS})

    def _write(self, client: Client, wanted: Props) -> None:
        """One call for each setting that differs."""
        now = self.look(client, wanted, fresh=True) or dict(_DEFAULTS)
        calls: Mapping[str, tuple[str, str, object]] = {
            "inspection_enabled": ("edit_firenet", "inspection", wanted["inspection_enabled"]),
            "egress_enabled": ("edit_firenet", "firewall_egress", wanted["egress_enabled"]),
            "hashing_algorithm": ("edit_firenet", "firewall_hashing", wanted["hashing_algorithm"]),
            "egress_static_cidrs": (
                "edit_firenet_egress_static_cidr",
                "egress_static_cidr",
                ",".join(wanted["egress_static_cidrs"]),
            ),
            "excluded_cidrs": (
                "edit_firenet_excluded_cidr",
                "exclude_cidr",
                ",".join(wanted["excluded_cidrs"]),
            ),
        }
        for name, (api_action, field, value) in calls.items():
            if now[name] != wanted[name]:
                self._set(client, api_action, wanted["vpc_id"], field, value)

    def _set(self, client: Client, api_action: str, vpc_id: str, field: str, value: object) -> None:
        doing = f"writing {field} of the FireNet of {vpc_id}"
        try:
            client.form(api_action, doing, {"vpc_id": vpc_id, field: value})
        except RefusedError as error:
            if not any(text in error.reason for text in _UNCHANGED):
                raise


class Firenet(AviatrixResource, module="aviatrix", name="Firenet"):
    """The settings of a FireNet. Terraform: `aviatrix_firenet`.

    ``vpc_id`` is the network of a transit gateway with FireNet, as the gateway has it.
    ``excluded_cidrs`` are blocks that no firewall inspects. ``hashing_algorithm`` is ``2-Tuple`` or
    ``5-Tuple``. Deleting it writes the defaults again. Source: the actions `show_firenet_detail`,
    `edit_firenet`, `edit_firenet_egress_static_cidr`, `edit_firenet_excluded_cidr`.
    """

    vpc_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        vpc_id: pulumi.Input[str],
        inspection_enabled: pulumi.Input[bool] | None = None,
        egress_enabled: pulumi.Input[bool] | None = None,
        hashing_algorithm: pulumi.Input[str] | None = None,
        egress_static_cidrs: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        excluded_cidrs: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        after: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(FirenetProvider(), resource_name, locals(), opts)
