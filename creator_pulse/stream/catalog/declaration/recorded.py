"""How recorded series are named: ``level:metric:operations``."""

from __future__ import annotations


def recorded(by: tuple[str, ...], name: str, operation: str) -> str:
    """The name of a recording rule, such as ``app:pulse_gift_count:5m``.

    Args:
        by: the labels that it keeps.
        name: of a family, without ``pulse_``.
        operation: such as a window.
    """
    return f"{'_'.join(by) or 'global'}:pulse_{name}:{operation}"


def baseline_of(series: str) -> str:
    """The name of a recorded series' baseline: ``app:x:5m`` -> ``app:x:baseline_5m``."""
    level, name, operation = series.split(":")
    return f"{level}:{name}:baseline_{operation}"
