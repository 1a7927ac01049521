"""Whom the device talks to and as whom, and going on when the root has named others to believe."""

from kiosk.domain.errors import NotEnrolledError
from kiosk.sync.engine import RunReport
from kiosk.sync.identity import Identity
from kiosk.sync.outcomes import ExchangeError
from kiosk.sync.talk import Talk, Wiring


class Conversation:
    """The present talk, which a new identity or a new word of the root ends for another.

    Only :attr:`present` and :attr:`talk` may be asked by any thread; the rest is for who sends.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._talk: Talk | None = None

    @property
    def present(self) -> Talk | None:
        """Return what is talked through now; None before enrolment."""
        return self._talk

    @property
    def talk(self) -> Talk:
        """Return what is talked through now.

        Raises:
            NotEnrolledError: There is no device yet.
        """
        if self._talk is None:
            raise NotEnrolledError("the device is not enrolled")
        return self._talk

    def adopt(self, identity: Identity) -> None:
        """Talk as *identity* from now on.

        Raises:
            InvalidInputError: Its address or its authorities are not usable.
        """
        talk = self._wiring.connect(identity)
        self.hang_up()
        self._talk = talk

    def follow_root(self) -> bool:
        """Talk by what the root has said since, where a stranger was met; tell whether it has."""
        identity = self._wiring.successor(self._talk.identity) if self._talk else None
        if identity is None:
            return False
        self.adopt(identity)
        return True

    def run(self, *, only_due: bool, with_updates: bool) -> RunReport:
        """Send what waits, and once more where the root has named others meanwhile.

        Raises:
            NotEnrolledError: There is no device yet.
        """
        first = self._run(only_due=only_due, with_updates=with_updates)
        if first.failure is None or not self.follow_root():
            return first
        return first.followed_by(self._run(only_due=only_due, with_updates=with_updates))

    def fetch_updates(self) -> None:
        """Fetch what is new, and once more where the root has named others meanwhile.

        Raises:
            NotEnrolledError: There is no device yet.
            ExchangeError: Offline, revoked, refused, or a TLS fault, by its ``code``.
        """
        try:
            self.talk.updates.fetch()
        except ExchangeError:
            if not self.follow_root():
                raise
            self.talk.updates.fetch()
        else:
            if self.follow_root():
                self.talk.updates.fetch()

    def hang_up(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self._talk is not None:
            self._talk.sync.close()
            self._talk.questions.close()

    def _run(self, *, only_due: bool, with_updates: bool) -> RunReport:
        return self.talk.engine.run_once(
            only_due=only_due,
            with_updates=with_updates,
            is_asked_for=with_updates and not only_due,
        )
