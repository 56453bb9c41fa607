"""Runs `exec.py` as the main program, where `inputs`, `outputs`, `params`, `logs` and `cloud_*` are dicts.

The script stands alone in its file, so that its line numbers in a traceback are the ones its author sees. Any Python 3
that an operation asks for must be able to run this file: nothing newer than 3.6 in it, and few imports.
"""

import json
import os
import sys

PAIRS = {"inputs": "input", "outputs": "output", "params": "param", "logs": "log"}


def names() -> "dict[str, object]":
    """Plural and singular are the same dict."""
    with open(os.environ["PLYNX_CONTEXT"], encoding="utf-8") as manifest:
        found = json.load(manifest)
    found.update({singular: found[plural] for plural, singular in PAIRS.items()})
    return found


def run(filename: str) -> None:
    main = type(sys)("__main__")
    main.__file__ = filename
    main.__dict__.update(names(), __builtins__=__builtins__, __annotations__={})
    sys.modules["__main__"] = main
    sys.argv = [filename]
    sys.path[0] = os.getcwd()
    sys.excepthook = without_this_file
    with open(filename, "rb") as source:
        text = source.read()
    exec(compile(text, filename, "exec", dont_inherit=True), main.__dict__)


def without_this_file(kind: type, error: BaseException, trace: object) -> None:
    """Tracebacks begin in the user's script."""
    import traceback

    del trace
    shown = error.__traceback__
    while shown is not None and shown.tb_frame.f_code.co_filename == __file__:
        shown = shown.tb_next
    traceback.print_exception(kind, error, shown)


if __name__ == "__main__":
    run(sys.argv[1])
