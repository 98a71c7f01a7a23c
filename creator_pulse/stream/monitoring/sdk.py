"""The parts of grafana-foundation-sdk that boards use.

The package warns at import that it prefers the newer dashboard schema, which only Grafana 13 reads;
the classic one loads on 10 to 13, so that warning is not for us.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    from grafana_foundation_sdk.builders import (
        bargauge,
        common,
        dashboard,
        prometheus,
        stat,
        statetimeline,
        table,
        timeseries,
    )
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.common import (
        BigValueGraphMode,
        DataSourceRef,
        GraphThresholdsStyleMode,
    )
    from grafana_foundation_sdk.models.dashboard import (
        Dashboard,
        DashboardCursorSync,
        DashboardLinkType,
        DashboardSpecialValueMapOptions,
        DataTransformerConfig,
        DynamicConfigValue,
        GridPos,
        MatcherConfig,
        SpecialValueMap,
        Threshold,
        ThresholdsMode,
        ValueMap,
        ValueMappingResult,
        VariableRefresh,
    )

__all__ = [
    "BigValueGraphMode",
    "Dashboard",
    "DashboardCursorSync",
    "DashboardLinkType",
    "DashboardSpecialValueMapOptions",
    "DataSourceRef",
    "DataTransformerConfig",
    "DynamicConfigValue",
    "GraphThresholdsStyleMode",
    "GridPos",
    "JSONEncoder",
    "MatcherConfig",
    "SpecialValueMap",
    "Threshold",
    "ThresholdsMode",
    "ValueMap",
    "ValueMappingResult",
    "VariableRefresh",
    "bargauge",
    "common",
    "dashboard",
    "prometheus",
    "register_default_plugins",
    "stat",
    "statetimeline",
    "table",
    "timeseries",
]
