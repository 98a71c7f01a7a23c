"""YAML with long expressions as literal blocks and keys in the order they were written."""

from __future__ import annotations

from typing import Any

import yaml

NOTICE = "# Generated from the catalogue (creator_pulse/stream/catalog) by `pulse generate`.\n"


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a literal block, and indents lists."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's name
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's name
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def to_yaml(document: object) -> bytes:
    """The document as YAML under a notice that it is generated."""
    body = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return f"{NOTICE}{body}".encode()
