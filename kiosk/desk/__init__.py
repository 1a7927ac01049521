"""What an agent does, as plain calls; window and command line make the same ones."""

from dataclasses import dataclass

from kiosk.desk.agents import Agents
from kiosk.desk.backups import Backups
from kiosk.desk.counter_settings import SettingsFile
from kiosk.desk.deposits import Deposits
from kiosk.desk.drafts import Drafts
from kiosk.desk.events import Events
from kiosk.desk.inspection import Inspection
from kiosk.desk.overview import Overview
from kiosk.desk.papers import Papers
from kiosk.desk.receipts import Receipts
from kiosk.desk.scans import Scans
from kiosk.desk.shifts import Shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The counter: one object for each thing that is done at it."""

    drafts: Drafts
    deposits: Deposits
    events: Events
    papers: Papers
    receipts: Receipts
    overview: Overview
    inspection: Inspection
    backups: Backups
    agents: Agents
    scans: Scans
    shifts: Shifts
    settings: SettingsFile
