"""What the back office and networks' supervisors may read: figures and numbers, no person."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from central import duplicates, report, silence
from central.errors import ProblemError
from central.http.answers import DuplicatesAnswer, PointsAnswer, ReportAnswer
from central.http.callers import caller
from central.http.office import API
from central.http.security import by_token
from central.http.signed import services_of
from central.report import Period
from central.report_forms import as_json
from central.services import Services
from central.tokens import Caller, Role
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import local_date
from kiosk.wire.messages import ProblemType

# Answers go as they are made, in the models' form but not through them: a report has a line for
# each point, and what would not fit is for the tests to find.
router = APIRouter(tags=["back office"], prefix=API)
_BY_TOKEN = by_token(Role.REPORTS)

ServicesOf = Annotated[Services, Depends(services_of)]
ReportCaller = Annotated[Caller, Depends(caller(Role.REPORTS))]
Letter = Annotated[str | None, Query(pattern=r"^[A-Z]$")]
Hours = Annotated[int, Query(ge=0, le=24 * 366)]
Most = Annotated[int, Query(ge=1, le=5000)]


@router.get("/report", response_model=ReportAnswer, openapi_extra=_BY_TOKEN)
def get_report(
    who: ReportCaller,
    services: ServicesOf,
    first: Annotated[date | None, Query(alias="from")] = None,
    to: date | None = None,
    network: Letter = None,
) -> JSONResponse:
    """Report on the deposits of some days (the last 30), as ``central report`` does."""
    last = to or local_date(services.now())
    try:
        begins = first or last - timedelta(days=29)
        period = Period(first=begins, last=last, network=_seen(who, network))
    except (InvalidInputError, OverflowError) as error:
        raise ProblemError(404, ProblemType.UNKNOWN, "no such days") from error
    with services.database.reading() as connection:
        return JSONResponse(as_json(report.make(connection, period)))


@router.get("/points", response_model=PointsAnswer, openapi_extra=_BY_TOKEN)
def get_points(
    who: ReportCaller, services: ServicesOf, network: Letter = None, silent_after_hours: Hours = 24
) -> JSONResponse:
    """List points and their devices as they last reported, as ``central points`` does."""
    with services.database.reading() as connection:
        found = silence.of_points(connection, services.now(), _seen(who, network))
    return JSONResponse(silence.as_json(found, timedelta(hours=silent_after_hours)))


@router.get("/duplicates", response_model=DuplicatesAnswer, openapi_extra=_BY_TOKEN)
def get_duplicates(
    who: ReportCaller, services: ServicesOf, network: Letter = None, most: Most = 500
) -> JSONResponse:
    """List deposits that seem to repeat an earlier one, as ``central duplicates`` does.

    For a token of one network the other side of a pair across networks is null.
    """
    with services.database.reading() as connection:
        found = duplicates.listed(connection, network=_seen(who, network), most=most)
    return JSONResponse({"pairs": [pair.as_json(who.network) for pair in found]})


def _seen(who: Caller, asked: str | None) -> str | None:
    """Return the network that is looked at: a supervisor's own, whatever was asked for.

    Raises:
        ProblemError: Another network than the caller's.
    """
    if who.network is not None and asked not in (None, who.network):
        raise ProblemError(403, "about:blank", "this token sees another network")
    return who.network or asked
