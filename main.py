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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
