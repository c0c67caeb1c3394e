"""What transit gateways, spoke gateways and HA peers have in common: tasks, sizes, deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, TypeVar

import pulumi
from pulumi import dynamic
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider
from providers.aviatrix.errors import MissingError, RefusedError
from providers.aviatrix.gateways.listing import (
    READY_TIMEOUT,
    Gateway,
    gateways,
    judge,
    judge_in_preview,
    watched,
)
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import CloudType
from providers.base import readiness
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props

GatewayName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,49}$")]
"""Up to 50 letters, digits, ``-`` and ``_``, a letter first."""


class TaskInputs(AviatrixInputs):
    """The inputs that all gateways have."""

    cloud_type: Annotated[CloudType, IMMUTABLE]
    gw_size: Annotated[str, Field(min_length=1)]


T = TypeVar("T", bound=TaskInputs)


class TaskProvider(AviatrixProvider[T]):
    """CRUD of a gateway. Creating and resizing start a task, whose id is the output `request_id`.

    When the task of a new gateway fails, the controller keeps no gateway. The next update then
    creates it again.
    """

    create_action: ClassVar[str]

    def name_of(self, props: Props) -> str:
        """The name of the gateway."""
        return str(props["gw_name"])

    def fields(self, inputs: T) -> Json:
        """The form that creates the gateway."""
        raise NotImplementedError

    def read_inputs(self, item: Json, props: Props) -> Json:
        """A listed gateway by the names of its inputs."""
        raise NotImplementedError

    def computed(self, remote: Json) -> Json:
        return {"request_id": remote.get("request_id") or ""}

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        item = gateways(client, fresh=fresh).get(self.name_of(props))
        if item is None:
            return None
        return Answer({**self.read_inputs(item, props), "request_id": props.get("request_id", "")})

    def post(self, client: Client, inputs: T) -> Json:
        doing = f"creating {self.inputs_label(inputs)}"
        with self.own_exists(client, inputs):
            task_id = client.start(self.create_action, doing, self.fields(inputs))
        return Answer({**inputs.model_dump(mode="json"), "request_id": task_id})

    def change(self, client: Client, id_: str, inputs: T, changed: Sequence[str]) -> Json:
        """Resize the gateway. The other inputs are immutable, or of the creation only."""
        fields = {
            "cloud_type": inputs.cloud_type.value,
            "gw_name": self.name_of(inputs.model_dump(mode="json")),
            "gw_size": inputs.gw_size,
        }
        task_id = client.start("edit_gw_config", f"resizing {self.inputs_label(inputs)}", fields)
        return Answer({**inputs.model_dump(mode="json"), "request_id": task_id})

    def destroy(self, client: Client, props: Props) -> None:
        fields = {"cloud_type": int(props["cloud_type"]), "gw_name": self.name_of(props)}
        doing = f"deleting {self.label(props)}"
        try:
            task_id = client.start("delete_container", doing, fields)
        except RefusedError as error:
            # A run that was interrupted may have begun a task, which the deletion waits for.
            if isinstance(error, MissingError) or self._state(client, props) in ("up", ""):
                raise
            readiness.until(lambda: self._unsettled(client, props), doing, self.delete_limit(props))
            task_id = client.start("delete_container", doing, fields)
        client.finish(task_id, doing, self.delete_limit(props))

    def _state(self, client: Client, props: Props) -> str:
        """The state of the gateway in the controller's list. Empty: it tells none."""
        item = gateways(client, fresh=True).get(self.name_of(props), {})
        return str(item.get("vpc_state") or "")

    def _unsettled(self, client: Client, props: Props) -> str | None:
        """What a task is doing to the gateway. None: it is up, or gone."""
        state = self._state(client, props)
        return None if state in ("up", "") else f"the gateway is {state}"

    def diff(self, _id: str, _olds: Props, _news: Props) -> dynamic.DiffResult:
        """As of every type; and an update where the task of the creation failed."""
        result = super().diff(_id, _olds, _news)
        if not result.changes and self._creation_failed(_olds):
            pulumi.log.info(f"{self.noun} {_id} was not created, because its task failed")
            result.changes = True
        return result

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """As of every type; and create a gateway whose first creation failed."""
        if self._creation_failed(_olds):
            return dynamic.UpdateResult(self.create(_news).outs)
        return super().update(_id, _olds, _news)

    def _creation_failed(self, olds: Props) -> bool:
        """Whether the controller has no gateway, because the task of its creation failed."""
        task_id = olds.get("request_id")
        if not task_id:
            return False
        with self._short_errors(olds):
            client = self.client()
            listed = self.name_of(olds) in gateways(client, fresh=False)
            return not listed and client.task(task_id).state == "failed"


class GatewayResource(AviatrixResource):
    """A gateway in the program, which is up some minutes after it is created."""

    gw_size: pulumi.Output[str]
    request_id: pulumi.Output[str]

    def __init__(
        self,
        provider: TaskProvider[Any],
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__(provider, name, inputs, opts)
        self._label = f"{provider.noun} {name}"

    def until_up(self, gw_name: pulumi.Input[str]) -> pulumi.Output[Gateway]:
        """The gateway once it is up and has its size. Raises FailedStateError or DeadlineError.

        The preview of an update does not know the id of its task. It needs none: it does not wait.
        Without the gateway's address it would announce replacements of what depends on it.
        """
        preview = pulumi.runtime.is_dry_run()
        task = (None, None) if preview else (self.request_id, self.gw_size)
        return self._when(
            watched,
            judge_in_preview if preview else judge,
            label=self._label,
            timeout=READY_TIMEOUT,
            advice="The controller's task log has more",
            key=pulumi.Output.all(gw_name, *task),
        )
