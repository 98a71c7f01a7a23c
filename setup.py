"""The compiled loops of ``creator_pulse/stream/native``; everything else stands in ``pyproject.toml``."""

from __future__ import annotations

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    ext_modules=cythonize(
        [
            Extension(f"creator_pulse.stream.native.{path.stem}", [str(path)], extra_compile_args=["-O3"])
            for path in sorted(Path("creator_pulse/stream/native").glob("*.pyx"))
        ],
        build_dir="build",
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
        },
    ),
)
