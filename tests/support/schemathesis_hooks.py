"""What OpenAPI cannot say of valid requests: how parameters hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis

from creator_pulse.stream.api.current import label_names
from creator_pulse.stream.monitoring.families import FAMILIES
from tests.support.api_bench import NOW

if TYPE_CHECKING:
    from schemathesis import Case, HookContext


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, object]) -> None:
    """Of a request that is meant to be valid, leave out what the schema alone does not make so."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    query = case.query
    # Only a page gives a cursor.
    query.pop("cursor", None)
    if "from" in query and "to" in query and int(query["from"]) >= int(query["to"]):
        del query["from"]
    if "at" in query:
        query.pop("from", None)
        query.pop("to", None)
    if "written_to" in query and int(query["written_to"]) <= int(query.get("from", NOW)):
        del query["written_to"]
    name = case.path_parameters.get("name")
    if name in FAMILIES:
        family = FAMILIES[str(name)]
        if query.get("window") not in {None, *family.windows}:
            del query["window"]
        for label in {"app", "region"} & set(query) - set(label_names((family,))):
            del query[label]
    if query.get("region") not in {None, "US", "GB", "DE", "BR", "ID", "JP", "CN", "other"}:
        del query["region"]
