"""The command line: one JSON object with ``--json``, the exit codes of the contract."""

from kiosk.cli.run import main

__all__ = ["main"]
