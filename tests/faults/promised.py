"""What was said to anybody before a scene was cut short: all of it must hold afterwards."""

from dataclasses import dataclass, field

from tests.faults.counter import Told


@dataclass(slots=True)
class KeptDraft:
    """What an agent may count on finding again of a dossier that is being taken.

    Attributes:
        pages: Ids of pages that were shown; ``leaving``: those that were being taken out.
        amounts: What may stand in the form: the amount noted last, or one that was being noted;
            empty before anything was.
        request: Of the deposit it may have become; empty for one that ends otherwise.
        ending: It may be gone; ``ended``: it must be.
    """

    pages: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    amounts: set[str] = field(default_factory=set)
    request: str = ""
    ending: bool = False
    ended: bool = False


@dataclass(slots=True)
class Promised:
    """What was said before the cut, and which bundles were durable then.

    Attributes:
        may_go: Items whose bundle may be removed: the central has said for long that it has them.
        backups: Receipts that were out when a backup was begun, by the backup's name.
        waiting: Those of a backup that is being written.
        restoring: How many deposits the backup holds that is being put in place.
    """

    receipts: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    settled: dict[str, str] = field(default_factory=dict)
    printed: set[str] = field(default_factory=set)
    bundles: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, KeptDraft] = field(default_factory=dict)
    may_go: set[str] = field(default_factory=set)
    backups: dict[str, set[str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    restoring: int | None = None
    is_restored: bool = False
    is_enrolled: bool = False
    cursor: int = 0
    twice: list[str] = field(default_factory=list)

    def hear(self, told: Told) -> None:
        """Take in one thing that was said."""
        match told["what"]:
            case "receipt":
                if self.receipts.setdefault(told["number"], told["item"]) != told["item"]:
                    self.twice.append(told["number"])
            case "answered":
                self.answered[told["request"]] = told["number"]
            case "event":
                self.events.add(told["item"])
            case "settled":
                self.settled[told["item"]] = told["state"]
            case "printed":
                self.printed.add(told["number"])
            case "enrolled":
                self.is_enrolled = True
            case "cursor":
                self.cursor = int(told["value"])
            case _:
                self._hear_of_drafts(told)
                self._hear_of_upkeep(told)

    def _hear_of_drafts(self, told: Told) -> None:
        if "draft" not in told:
            return
        draft = self.drafts.setdefault(told["draft"], KeptDraft())
        match told["what"]:
            case "page":
                draft.pages.add(told["page"])
            case "page_goes":
                draft.leaving.add(told["page"])
            case "noting":
                draft.amounts.add(told["amount"])
            case "noted":
                draft.amounts = {told["amount"]}
            case "draft_ends":
                draft.ending, draft.request = True, told["request"]
            case "draft_ended":
                draft.ended = True

    def _hear_of_upkeep(self, told: Told) -> None:
        match told["what"]:
            case "may_go":
                self.may_go.update(told["items"].split())
            case "backing_up":
                self.waiting = set(self.receipts)
            case "backup":
                self.backups[told["name"]] = self.waiting
            case "restoring":
                self.restoring = int(told["deposits"])
            case "restored":
                self.is_restored = True
