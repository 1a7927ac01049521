"""Taking a backup, and putting one in place."""

from argparse import Namespace

from kiosk.cli.answer import Answer, moment
from kiosk.cli.ports import OpenedKiosk, RestoreKiosk
from kiosk.domain.moments import shown_time


def backup(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Write an encrypted copy of everything to a folder or stick, while others work."""
    report = kiosk.desk.backups.take(options.folder)
    manifest = report.manifest
    fields = {
        "backup": str(report.path),
        "device": manifest.device,
        "epoch": manifest.epoch,
        "last_number": manifest.last_number,
        "bundles": report.bundles,
        "bytes": report.size_bytes,
        "created_at": moment(manifest.created_at),
        "removed": report.removed,
    }
    words = f"{report.path}: {report.size_bytes // 1024} KB, {report.bundles} unsent dossiers"
    return Answer(fields=fields, lines=(words,))


def restore(restore_kiosk: RestoreKiosk, options: Namespace) -> Answer:
    """Put a backup in place under a new letter."""
    restored = restore_kiosk(
        options.data, options.folder, identity=options.identity, lost=options.spool
    )
    manifest = restored.manifest
    fields = {
        "device": manifest.device,
        "epoch": restored.epoch,
        "deposits": restored.deposits,
        "bundles": restored.bundles,
        "adopted": restored.adopted,
        "backup_created_at": moment(manifest.created_at),
    }
    letter = restored.epoch or "no letter left: it can send, but takes no deposit"
    lines = (
        f"{manifest.device} as of {shown_time(manifest.created_at)}: {restored.deposits} deposits",
        f"numbers go on under: {letter}",
        f"{restored.adopted} dossiers adopted that the backup did not know",
    )
    return Answer(fields=fields, lines=lines)
