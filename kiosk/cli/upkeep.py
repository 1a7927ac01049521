"""Checks for a technician: the journal's chain, and everything else."""

from argparse import Namespace

from kiosk.cli.answer import Answer
from kiosk.cli.ports import OpenedKiosk
from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.version import VERSION

_NOT_VERIFIED = 3


def journal(kiosk: OpenedKiosk, _options: Namespace) -> Answer:
    """Walk the journal's chain."""
    try:
        head = kiosk.desk.inspection.verify_journal()
    except WaslError as error:
        if error.code is not ErrorCode.JOURNAL_BROKEN:
            raise
        fields: dict[str, object] = {"valid": False, "reason": error.code.value}
        fields |= {"entries": None, "head": None}
        return Answer(fields=fields, lines=(str(error),), exit_code=_NOT_VERIFIED)
    return Answer(
        fields={"valid": True, "entries": head.entries, "head": head.hash.hex()},
        lines=(f"{head.entries} entries, head {head.hash.hex()[:16]}…",),
    )


def doctor(kiosk: OpenedKiosk, _options: Namespace) -> Answer:
    """Check everything; what is not in order is said, and the exit code stays 0."""
    checks = kiosk.desk.inspection.checks()
    fields = {
        "version": VERSION,
        "ok": all(check.is_ok for check in checks),
        "checks": [
            {"name": check.name, "ok": check.is_ok, "detail": check.detail} for check in checks
        ],
    }
    lines = (f"{'ok  ' if one.is_ok else 'LOOK'}  {one.name}: {one.detail}" for one in checks)
    return Answer(fields=fields, lines=tuple(lines))
