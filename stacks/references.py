"""Contracts: versioned models of the outputs that one stack exports and another reads.

A stack reference is one Output, but a program needs plain keys to loop over. Exports are in state,
so they can be awaited even in a preview. Names and kinds are then plain values. Values that become
inputs of resources stay ``Output``, and are secrets if the stack exports them as secrets.

A program in Python exports the names of the models (``control_planes``). A program that uses the
Pulumi package exports them in camelCase (``controlPlanes``). Both are read.

This module imports no cloud SDK, and contracts must not either: a consumer has none installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, get_args

import pulumi
from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import CoreSchema, core_schema

from stacks.names import camel_case, to_field_names

_STACK: Final = re.compile(r"[^/\s]+/[^/\s]+/[^/\s]+")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")
M = TypeVar("M", bound=BaseModel)


class ContractError(pulumi.RunError):
    """A contract is missing, has a version that cannot be read, or is invalid."""


@dataclass(frozen=True)
class _Checked:
    """Annotation that makes a field an ``Output`` whose value is checked once it is known."""

    def __get_pydantic_core_schema__(self, source: Any, _: GetCoreSchemaHandler) -> CoreSchema:
        inner: TypeAdapter[Any] = TypeAdapter(get_args(source)[0])

        def check(value: object, info: ValidationInfo) -> pulumi.Output[Any]:
            def once_known(value: object) -> object:
                try:
                    return inner.validate_python(value)
                except ValidationError as error:
                    raise ContractError(
                        f"{info.field_name} of the contract is not valid: {_describe(error)}"
                    ) from None

            if isinstance(value, pulumi.Output):
                return value.apply(once_known)
            return pulumi.Output.from_input(inner.validate_python(value))

        return core_schema.with_info_plain_validator_function(check)


Text = Annotated[pulumi.Output[str], _Checked()]
"""A string that becomes an input of resources. It may be set to a plain string or an ``Output``."""
Texts = Annotated[pulumi.Output[list[str]], _Checked()]


class ContractPart(BaseModel):
    """Base of a part of a contract. Exports that are not in the model are ignored."""

    model_config = ConfigDict(
        frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True
    )


class Contract(ContractPart):
    """Base of a contract: its fields are the stack outputs. ``contract`` is its version.

    A subclass sets the ``PROJECT`` that exports it and its own ``VERSION``. ``upgraded`` adds the
    fields that older versions did not have. A minor version adds fields. A major version deletes a
    field or changes its meaning.
    """

    PROJECT: ClassVar[str]
    VERSION: ClassVar[str]

    contract: str
    """The version of the contract: ``"1.0"``."""

    @classmethod
    def upgraded(cls, exports: dict[str, Any], minor: int, stack: str) -> dict[str, Any]:
        """Convert the exports of an older minor version to this version."""
        return exports

    @classmethod
    async def reference(
        cls, stack: str, opts: pulumi.ResourceOptions | None = None, name: str | None = None
    ) -> Self:
        """Read the contract of another stack. Await it in ``pulumi.run``.

        ``stack`` is the full name ``org/project/stack``; ``org`` is ``organization`` in a backend
        without organisations (a folder or a bucket). ``name`` is the name of the stack reference
        in the program, by default that of the stack. Raises ContractError if the stack exports no
        contract, or one that this version cannot read. If the stack does not exist, the engine
        reports it.
        """
        if not _STACK.fullmatch(stack):
            raise ContractError(
                f"{stack!r} is not a full stack name: write org/{cls.PROJECT}/stack, and "
                f"organization/{cls.PROJECT}/stack where the backend has no organisations"
            )
        reference = pulumi.StackReference(name or stack, stack_name=stack, opts=opts)
        exports: dict[str, Any] = {}
        secret: set[str] = set()
        for field in cls.model_fields:
            for written in dict.fromkeys((field, camel_case(field))):
                details = await reference.get_output_details(written)
                if details.secret_value is not None:
                    secret.add(field)
                    exports[field] = details.secret_value
                elif details.value is not None:
                    exports[field] = details.value
                else:
                    continue
                break
        return _sealed(cls.read(exports, stack), secret)

    @classmethod
    def read(cls, exports: Mapping[str, Any], stack: str) -> Self:
        """Read the contract from a stack's outputs. Raises ContractError like ``reference``.

        The names of fields may be in camelCase, at any depth.
        """
        minor = cls._minor(exports.get("contract"), stack)
        named = to_field_names(cls, exports)
        try:
            return cls.model_validate(cls.upgraded(named, minor, stack))
        except ValidationError as error:
            raise ContractError(
                f"{stack} exports {cls.PROJECT} contract {exports['contract']}, but it "
                f"is not valid: {_describe(error)}. Run `pulumi up` of that stack again, and check "
                "that its program exports these names only once"
            ) from None

    def exports(self) -> dict[str, Any]:
        """The stack outputs, by name."""
        return {name: _plain(getattr(self, name)) for name in type(self).model_fields}

    def export(self) -> None:
        """Export the contract's fields as stack outputs of the running program."""
        for name, value in self.exports().items():
            pulumi.export(name, value)

    @classmethod
    def _minor(cls, version: object, stack: str) -> int:
        """The minor version of the exports. Raises ContractError if it cannot be read here."""
        known = _parts(cls.VERSION)
        assert known is not None
        oldest = f"{known[0]}.0"
        readable = cls.VERSION if oldest == cls.VERSION else f"{oldest} to {cls.VERSION}"
        if version is None:
            raise ContractError(
                f"{stack} exports no {cls.PROJECT} contract, and this program reads {readable}: "
                f"name a stack of {cls.PROJECT} that is up, or run `pulumi up` of that stack first"
            )
        found = _parts(version)
        if found is None:
            raise ContractError(
                f"{stack} exports {cls.PROJECT} contract {version!r}, which is not a version such "
                f"as {cls.VERSION}: name a stack of {cls.PROJECT}"
            )
        if found > known:
            raise ContractError(
                f"{stack} exports {cls.PROJECT} contract {version}, and this program reads "
                f"{readable}: install a newer multicloud-gateway here"
            )
        if found[0] < known[0]:
            raise ContractError(
                f"{stack} exports {cls.PROJECT} contract {version}, and this program reads "
                f"{readable}: upgrade that stack, or install an older multicloud-gateway here"
            )
        return found[1]


def _plain(value: Any) -> Any:
    """Convert a value of a model for ``pulumi.export``: JSON that may contain Outputs."""
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value.value if isinstance(value, Enum) else value


def _parts(version: object) -> tuple[int, int] | None:
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    return (int(match[1]), int(match[2])) if match else None


def _describe(error: ValidationError) -> str:
    """The path and the problem of each error. Values are left out: they may be secrets."""
    return "; ".join(
        ": ".join(filter(None, [".".join(map(str, item["loc"])), item["msg"]]))
        for item in error.errors(include_input=False, include_url=False)
    )


def _sealed(contract: M, secret: set[str]) -> M:
    """Return the contract with the Outputs in the exports of these names made secret."""
    return contract.model_copy(
        update={name: _sealed_within(getattr(contract, name)) for name in secret}
    )


def _sealed_within(value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        return pulumi.Output.secret(value)
    if isinstance(value, BaseModel):
        return _sealed(value, set(type(value).model_fields))
    if isinstance(value, Mapping):
        return {key: _sealed_within(item) for key, item in value.items()}
    return value
