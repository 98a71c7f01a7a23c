"""Bounds of declarations that an operator may set: any integer of any formula, by one way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.settings import Settings

Node = TypeVar("Node")


class Tunable(int):
    """A bound as declared, and the setting that says another one.

    Example::

        Above(of, bound=Tunable(1_000, "room_odd_coins"))

    Args:
        declared: the bound, which is the setting's default too.
        setting: name of an integer field of ``Settings``.
    """

    setting: str

    def __new__(cls, declared: int, setting: str) -> Self:
        """An integer like any other, that knows its setting."""
        bound = super().__new__(cls, declared)
        bound.setting = setting
        return bound


@cache
def declared_bounds(catalogue: Catalogue) -> Mapping[str, int]:
    """The tunable bounds of a catalogue's values, by setting, as they are declared.

    Each lane asks for them, so they are looked for once in a process.
    """
    bounds = (bound for value in catalogue.values for bound in _bounds(value.formula))
    return MappingProxyType({bound.setting: int(bound) for bound in bounds})


def bounds_of(catalogue: Catalogue, settings: Settings) -> dict[str, int]:
    """The tunable bounds of a catalogue's values, by setting, as they are set."""
    return {name: getattr(settings, name) for name in declared_bounds(catalogue)}


def tuned(catalogue: Catalogue, settings: Settings) -> Catalogue:
    """A catalogue with the bounds of the settings; the same one if they are the declared ones.

    Args:
        catalogue: with bounds as they are declared.
        settings: validated; each bound is a field.
    """
    return _tuned(catalogue, tuple(sorted(bounds_of(catalogue, settings).items())))


@cache
def _tuned(catalogue: Catalogue, bounds: tuple[tuple[str, int], ...]) -> Catalogue:
    if dict(bounds) == declared_bounds(catalogue):
        return catalogue
    return replace(catalogue, values=tuple(_with(value, dict(bounds)) for value in catalogue.values))


def _bounds(node: object) -> Iterator[Tunable]:
    """All tunable bounds within a declaration."""
    if isinstance(node, Tunable):
        yield node
    else:
        for child in _children(node).values():
            yield from _bounds(child)


def _with(node: Node, bounds: Mapping[str, int]) -> Node:
    """A declaration with each tunable bound replaced by its setting; the same object if none differs."""
    if isinstance(node, Tunable):
        return Tunable(bounds[node.setting], node.setting)  # type: ignore[return-value]
    # Declarations are frozen, so a changed bound needs a new object at each level above it, and only there.
    children = _children(node)
    changed = {name: _with(child, bounds) for name, child in children.items()}
    # Identity, not equality: caches are keyed by the identity of a declaration.
    if all(changed[name] is child for name, child in children.items()):
        return node
    match node:
        case tuple():
            return type(node)(changed.values())
        case Mapping():
            return type(node)(changed)  # type: ignore[call-arg]
        case _:
            return replace(node, **changed)  # type: ignore[type-var]


def _children(node: object) -> Mapping[str, object]:
    """The parts of a declaration by name of the field, or by index; none of a number, text or expression."""
    match node:
        case tuple():
            return {str(place): child for place, child in enumerate(node)}
        case Mapping():
            return node
    declared = fields(node) if is_dataclass(node) else ()
    return {attribute.name: getattr(node, attribute.name) for attribute in declared if attribute.init}
