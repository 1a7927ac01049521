"""What the calls work with, put together once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from central.blobs import Blobs
from central.database import Database
from central.identities import Identities
from central.keys import ServingKeys
from central.limits import Limits, Turnstile
from central.request_keys import RequestKeys
from central.staging import Leftovers, Staging
from central.trust_lists import TrustLists


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a call may touch. ``now`` gives aware UTC.

    ``authority`` is ``ca.pem``, public. ``intake`` opens manifests that were carried here sealed;
    without it they wait, sealed.
    """

    database: Database
    blobs: Blobs
    staging: Staging
    leftovers: Leftovers
    keys: ServingKeys
    request_keys: RequestKeys
    limits: Limits
    turnstile: Turnstile
    now: Callable[[], datetime]
    authority: bytes = b""
    intake: Identities = ()
    lists: TrustLists = field(default_factory=TrustLists)
