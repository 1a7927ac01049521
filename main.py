"""Wasl: the window, one command, or the reference central; loads only what that needs."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Dispatch by the first word; return the exit code."""
    first = arguments[0] if arguments else ""
    if first == "capture-child":
        from kiosk.scan.capture_child import main as capture

        return capture() or 0
    if first == "central":
        from central.cli import main as central

        return central(list(arguments[1:]))
    from kiosk.app import main as kiosk

    return kiosk(arguments)


def _run(arguments: Sequence[str]) -> int:
    """Run as a program of its own: no core dumps, and of a bug its type and place alone."""
    if arguments[:1] != ["central"]:
        from kiosk.hardening import forbid_core_dumps
        from kiosk.logs import hook_bugs, log_to_stderr

        forbid_core_dumps()
        log_to_stderr()
        hook_bugs()
    return main(arguments)


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
