"""What a session asks for of a test with parameters, so that nothing else is prepared."""

from __future__ import annotations

import pytest


def parameters_of(request: pytest.FixtureRequest, test: str, name: str) -> list[str]:
    """The values of a parameter with which a test is run in this session, so that nothing else is prepared.

    Args:
        request: of a fixture that prepares all of them at once.
        test: name of the function.
        name: of its parameter.
    """
    return [
        str(item.callspec.params[name])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == test
    ]
