"""Names and locations of Azure objects: which are the same, and which are valid.

Azure compares ids and names without case. It treats ``West Europe`` and ``westeurope`` as equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from sandbox.clouds.declare import Call, Error, Rule
from sandbox.clouds.inputs import Input, text

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAME = re.compile(r"\w(?:[\w.-]{0,78}\w)?", re.ASCII)
_LABEL = r"[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?"
_ZONE_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL}){{1,33}}", re.IGNORECASE)
_RECORD_NAME = re.compile(rf"@|\*|(?:\*\.)?{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_GROUP_NAME = re.compile(r"[\w.()-]{0,89}[\w()-]", re.ASCII)
_LOCATION_NAMES = (
    "australiacentral australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth "
    "canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus "
    "eastus2 francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast "
    "japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus "
    "northeurope norwayeast polandcentral qatarcentral southafricanorth southcentralus "
    "southeastasia southindia spaincentral swedencentral switzerlandnorth uaenorth uksouth ukwest "
    "westcentralus westeurope westindia westus westus2 westus3"
)
LOCATIONS = frozenset(_LOCATION_NAMES.split())
"""The locations of resources and groups."""
GLOBAL = frozenset({"global"})
"""The location of global resources."""
PROVIDER = 0
"""The status of an error that the provider finds itself, without a response of Azure."""


def same_name(one: str, other: str) -> bool:
    """Whether Azure takes both as the same name or id."""
    return one.lower() == other.lower()


def owner_id(id_: str) -> str:
    """The id of the resource that a child belongs to."""
    return id_.rsplit("/", 2)[0]


def same_location(one: str, other: str) -> bool:
    """Whether both name the same location."""
    return one.replace(" ", "").lower() == other.replace(" ", "").lower()


def location() -> Input:
    """The ``location`` of an object."""
    return text(fixed=True, computed=True, same=same_location)


def place(call: Call) -> str | None:
    """The location of a new object: the given one, the provider's, or that of its group."""
    given = call.values.get("location") or call.config.get("location")
    return given or call.target("resourceGroupName").get("location")


def located(kind: str, noun: str, available: frozenset[str]) -> Rule:
    """A rule: the location is one of these. ``kind`` is ``Group`` or ``Type``, for the code."""

    def rule(call: Call) -> None:
        found = place(call)
        if found is None:
            said = "The required property 'location' is missing: set it or azure-native:location"
            raise call.error(("LocationRequired", said, PROVIDER))
        if found.replace(" ", "").lower() not in available:
            said = f"The provided location '{{found}}' is not available for {noun}."
            raise call.error((f"LocationNotAvailableForResource{kind}", said), found=found)

    return rule


def _well_named(prop: str, form: re.Pattern[str], error: Error) -> Rule:
    """A rule: the name at ``prop`` has this form."""

    def rule(call: Call) -> None:
        if not form.fullmatch(call.values[prop]):
            raise call.error(error, name=call.values[prop])

    return rule


valid_name = partial(
    _well_named,
    form=_NAME,
    error=(
        "InvalidResourceName",
        "Resource name {name} is invalid. The name can be up to 80 characters long. It must begin "
        "with a word character, and it must end with a word character or with '_'. The name may "
        "contain word characters or '.', '-', '_'.",
    ),
)
"""A rule: the name at a property is a valid name of a resource."""


def only_letters_and_digits(longest: int) -> Callable[[str], Rule]:
    """Make the rule for a name of letters and digits, the first a letter: those of Front Door."""
    said = f"The name '{{name}}' is invalid: it is a letter, and up to {longest - 1} letters and "
    form = re.compile(rf"[A-Za-z][A-Za-z\d]{{0,{longest - 1}}}", re.ASCII)
    return partial(_well_named, form=form, error=("BadRequest", f"{said}digits."))


def valid_guid(prop: str) -> Rule:
    """A rule: the name at ``prop`` is a GUID."""
    code = f"Invalid{prop[0].upper()}{prop[1:]}"
    said = f"The {prop} '{{name}}' is not valid: it must be a GUID."
    return _well_named(prop, GUID, (code, said))


valid_group_name = partial(
    _well_named,
    form=_GROUP_NAME,
    error=(
        "InvalidResourceGroup",
        "The provided resource group name '{name}' is invalid: it is 1 to 90 alphanumerics, "
        "underscores, parentheses, hyphens and periods, and does not end with a period.",
    ),
)
"""A rule: the name at a property is a valid name of a resource group."""


valid_zone_name = partial(
    _well_named,
    form=_ZONE_NAME,
    error=(
        "BadRequest",
        "The domain name '{name}' is invalid: a DNS zone has 2 to 34 labels of letters, "
        "digits, '-' and '_', without a dot at the end.",
    ),
)
"""A rule: the name at a property is a domain of 2 to 34 labels."""


valid_record_name = partial(
    _well_named,
    form=_RECORD_NAME,
    error=("BadRequest", "The relative record set name '{name}' is invalid: it is '@' or labels."),
)
"""A rule: the name at a property is ``@``, or relative to a zone; ``*`` is a wildcard."""
