"""The peers on the JVM: their jars come from Maven, and their one source file is compiled once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.competitor import PEERS
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.local.process import Child, Program, find_program

if TYPE_CHECKING:
    from creator_pulse.proof.bench.competitor import Competitor
    from creator_pulse.proof.bench.place import Bench

_BUILD_SECONDS = 600.0


async def java_command(bench: Bench, competitor: Competitor) -> tuple[str, ...]:
    """The command of a competitor on the JVM, which is built if its sources have changed.

    Raises:
        MissingPartError: Maven or a JDK is not there.
        StackError: the jars cannot be fetched, or it does not compile.
    """
    source = PEERS / competitor.program
    pom = PEERS / f"{competitor.name}.xml"
    folder = make_folder(bench.folder.parent / "java" / competitor.name, competitor.title)
    jars, note = folder / "jars", folder / "built.txt"
    stamp = source.read_text(encoding="utf-8") + pom.read_text(encoding="utf-8")
    java = find_program(("java",), competitor.title, "default-jre-headless")
    if not note.exists() or note.read_text(encoding="utf-8") != stamp:
        bench.say(f"building {competitor.title} once, in {folder}")
        maven = find_program(("mvn",), competitor.title, "maven")
        compiler = find_program(("javac",), competitor.title, "default-jdk-headless")
        fetch = ("-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={jars}")
        for argv in (
            (maven, *fetch),
            (compiler, "-cp", f"{jars}/*", "-d", str(folder / "classes"), str(source)),
        ):
            log = bench.folder / "logs" / f"build-{competitor.name}.log"
            child = Child(Program(name=f"the build of {competitor.title}", argv=argv, log=log))
            await child.start()
            await child.finish(_BUILD_SECONDS)
        note.write_text(stamp, encoding="utf-8")
    return (java, "-cp", f"{jars}/*:{folder / 'classes'}", source.stem)
