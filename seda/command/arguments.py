"""What may stand on the command line."""

import argparse

_EXITS = """\
exit codes:
  0  done
  1  done, and something is wrong: a problem found, a goal missed, a stop that had to kill
  2  wrong usage
  3  seda does not run on the run directory
  4  seda already runs there
 78  the configuration, the pipeline or a limit of the machine has to be changed first
130  interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser; `module` is where the chosen command is."""
    top = argparse.ArgumentParser(
        prog="seda",
        description="A surveillance server for control rooms.",
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _command(commands, "run", "start everything and keep it running")
    _command(commands, "check", "name every problem of the configuration, start nothing")
    status = _command(commands, "status", "show every process and stage")
    status.add_argument("--json", action="store_true", help="for programs")
    _command(commands, "top", "watch stages, queues, handlers and rates; q leaves")
    _command(commands, "stop", "stop what runs, drained, and say how it went")
    _quarantine(commands)
    _program(commands, "bench", "scripts.bench", "measure what seda costs and how it recovers")
    _program(commands, "evaluate", "anomaly.evaluation", "measure the detector on labelled footage")
    _program(commands, "user", "stages.alarm.people", "who may what: seda user --help")
    _program(
        commands, "ledger", "stages.alarm.ledger", "prove that nobody changed what was decided"
    )
    camera = commands.add_parser("camera", help="look at a camera: seda camera probe URL")
    probe = camera.add_subparsers(metavar="COMMAND", required=True)
    words = "say what is at an address, and what to write into the configuration"
    _program(probe, "probe", "stages.camera.probe", words)
    return top


Commands = argparse._SubParsersAction  # noqa: SLF001 - what add_subparsers returns has no other name


def _command(
    commands: "Commands[argparse.ArgumentParser]", name: str, words: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    command.set_defaults(module=f"seda.command.{name}")
    command.add_argument("--config", metavar="FILE", help="settings (default: seda.toml, if there)")
    command.add_argument(
        "--pipeline",
        metavar="MODULE:NAME",
        default="seda.pipeline:PIPELINE",
        help="the table of stages (default: %(default)s)",
    )
    return command


def _quarantine(commands: "Commands[argparse.ArgumentParser]") -> None:
    quarantine = commands.add_parser("quarantine", help="look at events that failed, replay them")
    verbs = quarantine.add_subparsers(metavar="COMMAND", required=True)
    for verb, words in (
        ("list", "list what is there"),
        ("show", "show one event"),
        ("replay", "submit events again, under new ids"),
    ):
        command = _command(verbs, verb, words)
        command.set_defaults(module="seda.command.quarantine", verb=verb)
        command.add_argument("--stage", help="only of this stage")
        if verb == "show":
            command.add_argument("entry", nargs=1, metavar="STAGE/NAME", help="as in the list")
        if verb == "replay":
            command.add_argument(
                "entry", nargs="+", metavar="STAGE/NAME", help="as in the list, or: all"
            )
        if verb != "replay":
            command.add_argument("--json", action="store_true", help="for programs")


def _program(
    commands: "Commands[argparse.ArgumentParser]", name: str, program: str, words: str
) -> None:
    """Add a command that another package's program does, with whatever arguments that takes."""
    command = commands.add_parser(name, help=words, add_help=False, prefix_chars="\0")
    command.set_defaults(module="seda.command.program", program=program)
    command.add_argument("rest", nargs=argparse.REMAINDER)
