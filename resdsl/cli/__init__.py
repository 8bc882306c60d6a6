"""The commands. The only place that prints."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from resdsl import __version__
from resdsl.core.limits import Limits

EPILOG = "exit status: 0 clean, 1 findings, 2 usage"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has left: that is no fault, and nothing to print.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="resdsl",
        description="Residual networks written once, as the paper's table; "
        "code for every framework.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"resdsl {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    compile_ = commands.add_parser("compile", help="write a net as code", epilog=EPILOG)
    _net_arguments(compile_)
    compile_.add_argument("--target", required=True, help="the framework: torch")
    compile_.add_argument(
        "-o",
        dest="output",
        metavar="PATH",
        help="where to write; - is standard output; default: NET_TARGET.py here",
    )
    compile_.set_defaults(run=_late("compile"))

    check = commands.add_parser("check", help="find what is wrong", epilog=EPILOG)
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.add_argument(
        "-v", "--verbose", action="store_true", help="explain every inserted shortcut"
    )
    _limit_arguments(check)
    check.set_defaults(run=_late("check"))

    show = commands.add_parser("show", help="what a net costs, per layer", epilog=EPILOG)
    _net_arguments(show)
    show.add_argument("--format", choices=("text", "json"), default="text")
    show.set_defaults(run=_late("show"))
    return parser


def _late(command: str) -> object:
    """Import a command's file when it runs: `--help` and `--version` do without."""

    def run(arguments: argparse.Namespace) -> int:
        from importlib import import_module

        status: int = import_module(f"resdsl.cli.{command}").run(arguments)
        return status

    return run


def _net_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a .res file; - is standard input")
    parser.add_argument("--net", help="the net, where the file has several")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the net, as in --set classes=10",
    )
    _limit_arguments(parser)


def _limit_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("bounds")
    for field, default in Limits()._asdict().items():
        group.add_argument(
            Limits.flag(field),
            type=int,
            default=default,
            metavar="N",
            dest=f"limit_{field}",
            help=f"default {default:,}",
        )
