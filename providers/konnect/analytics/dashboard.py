"""Dashboards of Konnect Analytics: `/v2/dashboards` on the host of the provider's geo.

A dashboard's name need not be unique in Konnect. A create continues with a dashboard of the same
name that has this stack's label. Beside one of someone else it is refused, as for other objects:
`adopt_existing_id` or another name are the ways out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.http import Json
from providers.base.model import Inputs
from providers.konnect.analytics.dashboard_definition import DashboardDefinition
from providers.konnect.client import Client
from providers.konnect.control_planes.control_plane import label_form_problems
from providers.konnect.crud import PlacedProvider
from providers.konnect.ownership import LABEL, Owner, without_label
from providers.konnect.resource import KonnectResource

PATH: Final = "/v2/dashboards"
LABELS_MAX: Final = 49
"""Konnect allows fifty labels. One marks the stack that created the dashboard."""
_RESERVED: Final = ("kong", "konnect", "mesh", "kic", "_")


class DashboardInputs(Inputs):
    """The inputs of a dashboard: `DashboardUpdateRequest`."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    definition: DashboardDefinition
    labels: dict[str, str] = {}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each broken rule for labels."""
        if len(self.labels) > LABELS_MAX:
            yield "labels", f"has {len(self.labels)} labels, and at most {LABELS_MAX} are accepted"
        if LABEL in self.labels:
            yield (
                "labels",
                f"label {LABEL!r} marks the stack that created the dashboard; use another key",
            )
        for reason in label_form_problems(self.labels, _RESERVED):
            yield "labels", reason


class DashboardProvider(PlacedProvider[DashboardInputs]):
    """CRUD of a dashboard. An update replaces the whole definition."""

    Inputs = DashboardInputs
    noun = "dashboard"
    root = "/v2/"
    segment = "dashboards"
    regional = True
    outputs = ("created_at", "created_by_id", "updated_at")

    def find(self, client: Client, inputs: DashboardInputs) -> Json | None:
        query = {"filter[name][eq]": inputs.name}
        action = f"looking for {self.called(inputs)}"
        listed = client.list_all(PATH, action, query, regional=True)
        named = sorted(
            (one for one in listed if one["name"] == inputs.name),
            key=lambda one: (str(one.get("created_at")), str(one["id"])),
        )
        mine = [one for one in named if self.same_owner(client, one, inputs)]
        return next(iter([*mine, *named]), None)

    def marked(self, client: Client, remote: Json, inputs: DashboardInputs, owner: Owner) -> bool:
        return bool((remote.get("labels") or {}).get(LABEL) == owner.label)

    def body(self, inputs: DashboardInputs) -> Json:
        body = super().body(inputs)
        if inputs.created_by is not None:
            label = Owner.parse(inputs.created_by).label
            body["labels"] = {**body.get("labels", {}), LABEL: label}
        return body

    def change(
        self, client: Client, id_: str, inputs: DashboardInputs, changed: Sequence[str]
    ) -> Json:
        path, action = self.path(model.dump(inputs), id_), f"updating {self.called(inputs)}"
        return client.put(path, action, self.body(inputs), regional=True)

    def remote_inputs(self, remote: Json) -> Json:
        # Konnect's `created_by` is a user. The input of that name is the stack.
        own = {"created_by": None, "labels": without_label(remote.get("labels"))}
        return {**super().remote_inputs(remote), **own}

    def computed(self, remote: Json) -> Json:
        return super().computed({**remote, "created_by_id": remote.get("created_by")})


class Dashboard(KonnectResource, module="konnect", name="Dashboard"):
    """A dashboard of Konnect Analytics. Terraform (beta): `konnect_dashboard`.

    ``name`` has 1 to 255 characters. Konnect takes several dashboards of one name; in one stack,
    give each another name. ``definition`` is a mapping as in the API: ``tiles``, at most 102, and
    ``preset_filters``. A tile has ``type: chart``, a ``layout`` on six columns, and a
    ``definition`` with a ``query`` and a ``chart``:

    - The data source of a query is ``api_usage`` or ``llm_usage``. It has ``metrics``, at most two
      ``dimensions``, ``filters``, a ``granularity`` and a ``time_range``.
    - The type of a chart is ``timeseries_line``, ``timeseries_bar``, ``horizontal_bar``,
      ``vertical_bar``, ``donut`` or ``single_value``.

    At most 49 ``labels``. Everything is updated in place. A query that its chart cannot show, or a
    metric, dimension or filter that its data source does not have, is an error at preview.
    Source: `/v2/dashboards`.
    """

    name: pulumi.Output[str]
    definition: pulumi.Output[Mapping[str, Any]]
    labels: pulumi.Output[Mapping[str, str]]
    created_by_id: pulumi.Output[str]
    """The id of the Konnect user or system account that created the dashboard."""
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        definition: pulumi.Input[Mapping[str, Any]],
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(DashboardProvider(), resource_name, locals(), opts)
