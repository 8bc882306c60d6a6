"""The commands. The only place that prints."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn, TextIO

from resdsl import __version__
from resdsl.core.limits import Limits

EPILOG = "exit status: 0 clean, 1 findings, 2 usage"


def console() -> NoReturn:
    """The `resdsl` program: `main`, and out.

    The process ends without taking the interpreter apart: every file is closed by then,
    and freeing what is about to vanish takes as long as starting Python does.
    """
    _prepare_streams()
    status = main()
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(status)


def _prepare_streams() -> None:
    """Output that any locale can take; closed streams swallow what they are given."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(
                encoding="utf-8", errors="backslashreplace", newline="\n"
            )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # A command lives for a tenth of a second; to look for cycles takes a tenth of that.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _run(argv)
    finally:
        if collecting:
            gc.enable()


def _run(argv: Sequence[str] | None) -> int:
    given = sys.argv[1:] if argv is None else list(argv)
    arguments = _parse(given)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has left: that is no fault, and nothing to print.
        _mute()
        return 0
    except OSError as error:
        _mute(sys.stdout)
        print(f"resdsl: cannot write: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _mute(*streams: TextIO) -> None:
    """Let the rest of the output, of all streams if none is named, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams or (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _parse(given: Sequence[str]) -> argparse.Namespace:
    """The arguments; those of a command by its parser alone, which is soon made."""
    name, *rest = given or [""]
    if name not in COMMANDS:
        return _parser(given).parse_args(given)
    command = argparse.ArgumentParser(prog=f"resdsl {name}", epilog=EPILOG)
    _, add_arguments = COMMANDS[name]
    add_arguments(command)
    return command.parse_args(rest, argparse.Namespace(run=_late(name)))


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="resdsl",
        description="Residual networks written once, as the paper's table; "
        "code for every framework.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"resdsl {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (help_, add_arguments) in COMMANDS.items():
        command = commands.add_parser(name, help=help_, epilog=EPILOG)
        command.set_defaults(run=_late(name))
        if name in given:
            add_arguments(command)
    return parser


def _compile_arguments(parser: argparse.ArgumentParser) -> None:
    _net_arguments(parser)
    parser.add_argument("--target", required=True, help="torch, keras or onnx")
    parser.add_argument(
        "-o",
        dest="output",
        metavar="PATH",
        help="where to write; - is standard output; default: NET_TARGET.py here",
    )
    group = parser.add_argument_group("onnx")
    group.add_argument("--text", action="store_true", help="write ONNX's text instead")
    group.add_argument("--inline", action="store_true", help="no function per block")
    group.add_argument("--opset", type=int, metavar="N", help="the operators' version")
    group.add_argument("--weights", metavar="FILE", help="a .safetensors checkpoint")
    group.add_argument("--seed", type=int, help="draw the weights another way")


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--format", choices=("text", "json", "jsonl"), default="text")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="explain every inserted shortcut"
    )
    group = parser.add_argument_group("many variants of one net")
    group.add_argument(
        "--sweep",
        nargs="+",
        action="extend",
        metavar="NAME=VALUES",
        help="check every combination, as in --sweep depth=18,34 width=32..128:32",
    )
    _choice_arguments(group.add_argument)
    for what in ("params", "macs"):
        text = "mark nets with more; k, M, G and T are understood"
        group.add_argument(f"--budget-{what}", metavar="N", help=text)
    group.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes; default 1"
    )
    _limit_arguments(parser)


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    _net_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    _net_arguments(parser)
    parser.add_argument(
        "--targets",
        metavar="T,…",
        help="what to run, as in torch,keras,onnx; default: all that is installed",
    )
    parser.add_argument(
        "--train", action="store_true", help="also compare a step of training"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    numbers = (
        ("batch", 4, "examples in the input"),
        ("size", 64, "largest size of an input where the net takes any"),
        ("seed", 0, "of weights and input"),
    )
    for name, default, what in numbers:
        text = f"{what}; default {default}"
        parser.add_argument(f"--{name}", type=int, default=default, help=text)


def _weights_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [options] FILE [SOURCE] DEST"
    _net_arguments(parser)
    parser.add_argument(
        "places",
        nargs="+",
        metavar="DEST",
        help="weights to read, and where to write them, each .safetensors, .keras or "
        ".onnx; with DEST alone those that the language starts with",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="draw them another way")


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="a layer, merge, rule, block, function or code"
    )


COMMANDS = {
    "compile": ("write a net as code", _compile_arguments),
    "check": ("find what is wrong", _check_arguments),
    "show": ("what a net costs, per layer", _show_arguments),
    "verify": ("run a net in every framework and compare", _verify_arguments),
    "weights": ("draw weights, or take them to another format", _weights_arguments),
    "explain": ("what a name or a code means", _explain_arguments),
}


def _late(command: str) -> object:
    """Import a command's file when it runs: `--help` and `--version` do without."""

    def run(arguments: argparse.Namespace) -> int:
        from importlib import import_module

        status: int = import_module(f"resdsl.cli.{command}").run(arguments)
        return status

    return run


def _net_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a .res file; - is standard input")
    _choice_arguments(parser.add_argument)
    parser.add_argument(
        "--outputs",
        metavar="NAME,…",
        help="end with these layers, and give their outputs, as in layer2,layer3",
    )
    _limit_arguments(parser)


def _choice_arguments(add: Callable[..., object]) -> None:
    add("--net", help="the net, where the file has several")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the net, as in --set classes=10",
    )


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
