"""Writes the stack file of a new environment, with derived values where possible.

    make new-stack NAME=qa [CLASS=staging] [REGIONS=aws/us-east-2,azure/eastus2]

A gateway network's CIDR block cannot change, and two environments may be connected later. So the
new environment gets a recorded address plan, ``stacks/<name>.addresses.yaml``, with blocks that no
other environment in the folder has. An existing stack file is never written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml

from components.regions import REGIONS, Cloud, cloud_of, default_zones
from stacks.address_files import SUFFIX, AddressPlanError, plan_file, read_plans
from stacks.commands import committed_command, make_command
from stacks.defaults import DEFAULTS
from stacks.environments import EnvironmentClass
from stacks.errors import SettingsError, nearest, yaml_inline
from stacks.settings import (
    CONFIG_KEY,
    CONFIG_NAMESPACE,
    Region,
    Settings,
    load,
    stack_file,
)
from tools.addresses import AddressesError, outcome
from tools.engine import CHECKOUT
from tools.progress import say
from tools.run import ProjectFolder

# Names of objects start with the stack's, go on with the region's, and have at most 63 characters.
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,14}[a-z0-9])?")
_CLASSES: Final = {
    "dev": EnvironmentClass.DEV,
    "qa": EnvironmentClass.STAGING,
    "stage": EnvironmentClass.STAGING,
    "staging": EnvironmentClass.STAGING,
    "test": EnvironmentClass.STAGING,
    "prod": EnvironmentClass.PROD,
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class NewStackError(Exception):
    """The stack file cannot be written. The text is for the user."""


@dataclass(frozen=True)
class Wanted:
    """A region of the new environment. It has no zones if Kong documents them."""

    cloud: Cloud
    region: str
    zones: tuple[str, ...]


def write(
    project: Path,
    name: str,
    environment: EnvironmentClass | None = None,
    regions: Sequence[str] = (),
) -> Path:
    """Write ``stacks/Pulumi.<name>.yaml`` and its address plan. Return the path of the first.

    Each of ``regions`` is ``aws/us-east-2`` or, if Kong documents the region, ``us-east-2``.
    Without ``regions``, it gets those of the existing environment that is its model. Raises
    ``NewStackError``.
    """
    if not _NAME.fullmatch(name):
        raise NewStackError(
            f"{name!r} cannot name a stack here: write 1 to 16 lower-case letters, digits and "
            "'-', beginning with a letter and ending with a letter or digit"
        )
    path = project / stack_file(name)
    if path.exists():
        raise NewStackError(f"{path} exists already; edit it, or choose another name")
    environment = environment or class_of(name)
    existing = list(_existing(path.parent))
    model = _model(existing, environment, path.parent)
    wanted = [_wanted(text.strip(), existing) for text in regions] or [
        Wanted(region.cloud, region.region, _zones_to_write(region)) for region in model.regions
    ]
    command = committed_command("addresses", name, project)
    text = _text(name, environment, model, existing, list(dict.fromkeys(wanted)), command)
    settings = yaml.safe_load(text)["config"][f"{CONFIG_NAMESPACE}:{CONFIG_KEY}"]
    try:
        plan = outcome(project, name, settings=settings)
    except AddressesError as error:
        raise NewStackError(str(error)) from None
    with path.open("x") as file:
        file.write(text)
    (project / plan_file(name)).write_text(plan.new_text)
    return path


def class_of(name: str) -> EnvironmentClass:
    """The class at the start of a stack's name. Raises ``NewStackError`` if there is none."""
    for beginning, environment in _CLASSES.items():
        if name.startswith(beginning):
            return environment
    choices = ", ".join(EnvironmentClass)
    raise NewStackError(
        f"the name {name!r} does not show its class: add CLASS= with one of {choices} "
        f"(names that do begin with {', '.join(_CLASSES)})"
    )


def _existing(folder: Path) -> Iterator[Settings]:
    for file in sorted(folder.glob("Pulumi.*.yaml")):
        stack = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        try:
            content = yaml.safe_load(file.read_text()) or {}
            config = content.get("config") or {}
            settings = config.get(f"{CONFIG_NAMESPACE}:{CONFIG_KEY}")
            yield load(stack, settings, str(file), read_plans(folder, stack))
        except (yaml.YAMLError, AddressPlanError, SettingsError) as error:
            raise NewStackError(
                f"free addresses cannot be found while a stack file is wrong:\n{error}"
            ) from None


def _model(existing: Sequence[Settings], environment: EnvironmentClass, folder: Path) -> Settings:
    """The model of the new environment: the one named after its class, or any of that class."""
    alike = [settings for settings in existing if settings.environment is environment]
    alike.sort(key=lambda settings: settings.stack != environment)
    if not alike:
        raise NewStackError(f"{folder} has no environment of class {environment} to begin from")
    return alike[0]


def _zones_to_write(region: Region) -> tuple[str, ...]:
    same = region.zones == default_zones(region.cloud, region.region)
    return () if same else region.zones


def _wanted(text: str, existing: Sequence[Settings]) -> Wanted:
    """Parse ``aws/us-east-2`` or ``us-east-2``."""
    prefix, _, region = text.rpartition("/")
    cloud = cloud_of(region)
    if cloud is None or prefix not in ("", cloud):
        known = [f"{cloud}/{name}" for cloud, names in REGIONS.items() for name in names]
        raise NewStackError(
            f"Kong documents no region {text!r}: {nearest(text, known)} (another one can be "
            "added to the file by hand)"
        )
    if default_zones(cloud, region):
        return Wanted(cloud, region, ())
    used = (r for settings in existing for r in settings.regions if r.region == region)
    if found := next(used, None):
        return Wanted(cloud, region, found.zones)
    if cloud is Cloud.AWS:
        raise NewStackError(
            f"Kong documents no zones of {text}: add it to the file by hand, with zones as "
            "Konnect's availability document lists them"
        )
    return Wanted(cloud, region, usual_zones(cloud, region))


def usual_zones(cloud: Cloud, region: str) -> tuple[str, ...]:
    """The usual zones of an Azure or GCP region at Konnect, which does not document them.

    Azure: the two zones in Konnect's samples. GCP: the first three zones that Google lists in
    "Regions and zones"; they start at b if zone a was retired. A preview checks them against
    Konnect's own list.
    """
    if cloud is Cloud.AZURE:
        return tuple(f"{region}-az{number}" for number in (2, 3))
    letters = "bcd" if region in ("us-east1", "europe-west1") else "abc"
    return tuple(f"{region}-{letter}" for letter in letters)


def _text(
    name: str,
    environment: EnvironmentClass,
    model: Settings,
    existing: Sequence[Settings],
    wanted: Sequence[Wanted],
    command: str,
) -> str:
    """The text of the stack file, as a person would write it. ``command`` records addresses."""
    clouds = [cloud for cloud in Cloud if any(region.cloud is cloud for region in wanted)]
    where = ", ".join(f"{sum(r.cloud is cloud for r in wanted)} in {cloud}" for cloud in clouds)
    lines = [
        "# yaml-language-server: $schema=settings.schema.json",
        f"# {name}: an environment like {model.stack}. Regions: {where}.",
        "#",
        f"# Addresses: the blocks of the regions are in {name}{SUFFIX}. After a new region run",
        f"# `{command}`.",
        "config:",
        f"  {CONFIG_NAMESPACE}:{CONFIG_KEY}:",
        f"    environment: {environment} # gives what is left out: docs/environments.md",
        "    control_plane:",
        f"      description: Gateways of the {name} environment",
        f"      labels: {_renamed(model.control_plane.labels, model.stack, name)}",
        f"    geo: {yaml_inline(model.geo)}",
        f"    version: {yaml_inline(model.version)}",
        f"    tags: {_renamed(model.tags, model.stack, name)}",
        *_differing(model),
    ]
    if Cloud.AZURE in clouds:
        lines += _azure(model, existing)
    lines.append("    regions:")
    for region in wanted:
        lines.append(f"      - region: {region.region}")
        if region.zones:
            lines.append(f"        zones: {yaml_inline(region.zones)}")
    return "\n".join(lines) + "\n"


def _differing(model: Settings) -> Iterator[str]:
    """The settings in which the model differs from the defaults of its class, as lines."""
    has = model.model_dump(mode="json", exclude_defaults=True)
    for key, default in DEFAULTS[model.environment].items():
        if has[key] != default:
            yield f"    {key}: {yaml_inline(has[key])}"


def _renamed(labels: Mapping[str, str], old: str, new: str) -> str:
    """The labels or tags of the model, with the model's name replaced by the new one."""
    return yaml_inline({key: new if value == old else value for key, value in labels.items()})


def _azure(model: Settings, existing: Sequence[Settings]) -> list[str]:
    """The Azure settings. Kong's service principal is that of the tenant: usually all share it."""
    for settings in (model, *existing):
        if settings.azure and settings.azure.kong_principal_id:
            return [
                "    azure:",
                f"      # Kong's service principal in your tenant, as in {settings.stack}.",
                f"      kong_principal_id: {settings.azure.kong_principal_id}",
                "      consent: assigned",
            ]
    return [
        "    azure:",
        "      # An administrator lets Kong peer. The program does it with consent: assigned and",
        "      # the kong_principal_id of your tenant.",
        "      consent: manual",
    ]


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="name of the new stack")],
    environment: Annotated[
        EnvironmentClass | None,
        typer.Option("--class", help="class of the environment, where the name does not tell it"),
    ] = None,
    regions: Annotated[
        str, typer.Option(help="aws/us-east-2,azure/eastus2,...; else those of the class")
    ] = "",
    folder: ProjectFolder = Path(),
) -> None:
    """Write stacks/Pulumi.NAME.yaml for a new environment."""
    project = CHECKOUT / folder
    try:
        write(project, name, environment, regions.split(",") if regions else ())
    except (NewStackError, SettingsError) as error:
        say(f"error: {error}", style="red")
        sys.exit(1)
    say(f"Wrote {stack_file(name)} and {plan_file(name)}: read and commit both. Then:")
    for command, what in (
        (make_command("preview", name, project), "what it would build, in the sandbox"),
        (make_command("up", name, project), "build it in the sandbox"),
        (make_command("up", name, project, SANDBOX="off"), "build it with your own accounts"),
    ):
        say(f"  {command:<40} {what}")


if __name__ == "__main__":
    app()
