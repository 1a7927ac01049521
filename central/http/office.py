"""The back office's calls: what it says of deposits, and what it may read. Not for devices."""

from datetime import timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from central import tidings
from central.errors import ProblemError
from central.http.bodies import read_bounded
from central.http.callers import caller
from central.http.parsing import parsed
from central.http.security import by_token
from central.http.signed import services_of
from central.office import RECORDED, UNCHANGED, take
from central.office_words import RawWord
from central.services import Services
from central.tokens import Caller, Role
from kiosk.domain.moments import local_date
from kiosk.wire.messages import AgentMessage, ProblemType
from kiosk.wire.numbers import WHOLE

API = "/backoffice/v1"
STATUSES = f"{API}/statuses"
MESSAGES = f"{API}/messages"
MAX_BODY_BYTES = 1024 * 1024
MAX_WORDS = 1000
router = APIRouter(tags=["back office"])

ServicesOf = Annotated[Services, Depends(services_of)]
Text = Annotated[str, StringConstraints(max_length=1000)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusWord(_Body):
    """One word: as a line of ``central status import``. ``date`` is a day or a time (RFC 3339)."""

    receipt: Annotated[str, StringConstraints(max_length=64)]
    status: Annotated[str, StringConstraints(max_length=40)]
    date: Annotated[str, StringConstraints(max_length=40)]
    reason_codes: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    pieces_to_bring: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    last_day: Annotated[str, StringConstraints(max_length=20)] = ""


class StatusWords(_Body):
    """Words in the order they were said; at most 1000 in a call."""

    statuses: Annotated[tuple[StatusWord, ...], Field(max_length=MAX_WORDS)]


class RefusedWord(BaseModel):
    """A word that was not taken. ``place`` counts from 1; ``current`` is the deposit's stage."""

    place: int
    receipt: str
    reason: str
    current: str | None


class WordsTaken(BaseModel):
    """What became of the words: the others stand, whatever was refused."""

    recorded: int
    unchanged: int
    refused: list[RefusedWord]


class NewMessage(_Body):
    """A short word to agents, to one network's or one point's or to all."""

    text_fr: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    text_ar: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    days: Annotated[int, WHOLE, Field(ge=1, le=366)] = 7
    point: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{4}$")] | None = None


class MessageSent(BaseModel):
    """To how many points it goes with their next updates."""

    message: str
    points: int


StatusCaller = Annotated[Caller, Depends(caller(Role.STATUSES))]
MessageCaller = Annotated[Caller, Depends(caller(Role.MESSAGES))]


async def _words(request: Request, who: StatusCaller) -> StatusWords:
    del who  # nobody's body is read before the token is known
    return parsed(StatusWords, await read_bounded(request, MAX_BODY_BYTES))


async def _message(request: Request, who: MessageCaller) -> NewMessage:
    del who
    return parsed(NewMessage, await read_bounded(request, 8 * 1024))


@router.post(STATUSES, openapi_extra=by_token(Role.STATUSES))
def bring_statuses(
    who: StatusCaller, words: Annotated[StatusWords, Depends(_words)], services: ServicesOf
) -> WordsTaken:
    """Bring stages in: each once, impossible ones refused, the others taken.

    A token of one network speaks of its deposits alone; of others: `other_network`.
    """
    raw = [_raw(place, word) for place, word in enumerate(words.statuses, 1)]
    counts = {RECORDED: 0, UNCHANGED: 0}
    refused = []
    for verdict in take(
        services.database, raw, said_by=who.name, now=services.now(), network=who.network
    ):
        if not verdict.is_refused:
            counts[verdict.outcome] += 1
            continue
        current = verdict.current.value if verdict.current else None
        refused.append(
            RefusedWord(
                place=verdict.place,
                receipt=verdict.receipt,
                reason=verdict.outcome,
                current=current,
            )
        )
    return WordsTaken(recorded=counts[RECORDED], unchanged=counts[UNCHANGED], refused=refused)


@router.post(MESSAGES, openapi_extra=by_token(Role.MESSAGES))
def send_message(
    who: MessageCaller, new: Annotated[NewMessage, Depends(_message)], services: ServicesOf
) -> MessageSent:
    """Tell the agents of the caller's network, or of one of its points, something."""
    now = services.now()
    message = AgentMessage(
        id=uuid4(),
        text_fr=new.text_fr,
        text_ar=new.text_ar,
        from_at=now,
        last_day=local_date(now) + timedelta(days=new.days - 1),
    )
    with services.database.writing() as connection:
        told = tidings.send_message(connection, message, network=who.network, point=new.point)
    if not told:
        raise ProblemError(404, ProblemType.UNKNOWN, "no such point")
    return MessageSent(message=str(message.id), points=told)


def _raw(place: int, word: StatusWord) -> RawWord:
    return RawWord(
        place=place,
        receipt=word.receipt,
        status=word.status,
        at=word.date,
        reasons=" ".join(word.reason_codes),
        pieces=" ".join(word.pieces_to_bring),
        last_day=word.last_day,
    )
