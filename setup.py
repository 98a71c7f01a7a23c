"""The compiled loops and the generated files of the package; everything else stands in ``pyproject.toml``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import ClassVar

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

NATIVE = Path("creator_pulse/stream/native")
GENERATED = Path("grafana")


def sources() -> list[Path]:
    """The sources of the compiled modules: each that has a stub, as no command works without one.

    Raises:
        SystemExit: one of them is missing, or the generated files are.
    """
    if not GENERATED.is_dir():
        raise SystemExit(f"cannot build: {GENERATED} is missing, which holds boards, rules and runbooks")
    compiled = [stub.with_suffix(".pyx") for stub in sorted(NATIVE.glob("*.pyi"))]
    missing = [str(path) for path in compiled if not path.is_file()]
    if missing or not compiled:
        raise SystemExit(f"cannot build: no source of the compiled modules: {', '.join(missing) or NATIVE}")
    return sorted(NATIVE.glob("*.pyx"))


class WithGenerated(build_py):
    """Packs boards, rules, alerts and runbooks as ``creator_pulse/grafana``."""

    def run(self) -> None:
        """Copy the package, then the generated files."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "creator_pulse" / GENERATED
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(GENERATED, target)


class Optimized(build_ext):
    """Compiles on all cores with chosen flags.

    ``make sanitize`` asks for a low level, because sanitizers make compiling slow.
    """

    user_options: ClassVar = [*build_ext.user_options, ("flags=", None, "of the compiler: -O3 -g0")]

    def initialize_options(self) -> None:
        """Set the flags that measured best, and how many modules are compiled at once."""
        super().initialize_options()
        # Python's own flags ask for debug information, a third of the compiler's time.
        self.flags = "-O3 -g0"
        self.parallel = os.cpu_count()

    def build_extension(self, ext: Extension) -> None:
        """Compile one module."""
        ext.extra_compile_args = self.flags.split()
        super().build_extension(ext)


setup(
    cmdclass={"build_py": WithGenerated, "build_ext": Optimized},
    ext_modules=cythonize(
        [Extension(f"creator_pulse.stream.native.{path.stem}", [str(path)]) for path in sources()],
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
