"""The picture of the network after the change: hubs, spokes, links, and what reaches the services.

It is the picture of ``tools.topology``. In a preview ids may be unknown: references are followed by
the property dependencies. Without them nothing is drawn, because links would be missing.
"""

from __future__ import annotations

from reachability.records import records_of_state
from tools.report.preview import Preview
from tools.topology.render import svg
from tools.topology.scene import topology_of


def network(preview: Preview, stack: str) -> str | None:
    """The picture as SVG. A page may contain it as it is: its template has escaped every text.

    None if it has neither a hub nor a declared service, or if the dependencies are not known.
    """
    if preview.dependencies is None:
        return None
    records = records_of_state(
        {
            "type": one.resource_type,
            "urn": one.urn,
            "id": one.id,
            "inputs": one.after,
            "outputs": one.outputs,
            "propertyDependencies": preview.dependencies.get(one.urn),
        }
        for one in preview.resources
        if one.exists_after
    )
    topology = topology_of(stack, records)
    if not topology.walks and not any(region.hubs for region in topology.regions):
        return None
    return svg(topology)
