"""Words of the offline root follow each other; none comes back, and none by a key given up."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyrage
import pytest

from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.succession import MAX_STATEMENTS, Root, follow, read_root
from kiosk.wire.trust import RootStatement, sign_statement

AGES = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(3)]
FIRST, SECOND, THIRD = (PrivateKey.generate() for _ in range(3))
TRUST = [PrivateKey.generate() for _ in range(4)]


def word(
    version: int,
    by: PrivateKey,
    *,
    trust: PrivateKey = TRUST[0],
    names: PrivateKey | None = None,
    recipients: Sequence[str] = AGES[:2],
    authorities: Sequence[str] = (),
    kind: ContentType = ContentType.ROOT_STATEMENT,
) -> str:
    """Return a signed word of the root."""
    statement = RootStatement(
        version=version,
        issued_at=datetime(2026, 11, 25, tzinfo=UTC),
        recipients=tuple(recipients),
        intake=AGES[2],
        trust_key=b64(trust.public.raw),
        root_key=b64(names.public.raw) if names else None,
        authorities=tuple(authorities),
    )
    return sign_statement(statement, by, kind)


@pytest.fixture
def root() -> Root:
    """Return the word that was pinned at enrolment."""
    return read_root(word(1, FIRST), FIRST.public)


def test_next_word_by_the_same_root_is_believed(root: Root) -> None:
    later = follow(root, [word(2, FIRST, trust=TRUST[1])])
    assert (later.statement.version, later.trust_key) == (2, TRUST[1].public)
    assert (later.key, later.next_key) == (FIRST.public, FIRST.public)


def test_who_slept_follows_two_changes_of_the_root_itself(root: Root) -> None:
    chain = [
        word(2, FIRST, names=SECOND),
        word(3, SECOND, trust=TRUST[1], names=THIRD),
        word(4, THIRD, trust=TRUST[2]),
    ]
    later = follow(root, chain)
    assert (later.statement.version, later.key) == (4, THIRD.public)
    assert later.trust_key == TRUST[2].public
    assert follow(later, chain[2:]) is later  # told again


def test_older_words_replayed_change_nothing(root: Root) -> None:
    later = follow(root, [word(2, FIRST), word(5, FIRST, trust=TRUST[1])])
    for old in (word(1, FIRST), word(4, FIRST, trust=TRUST[3]), word(5, FIRST, trust=TRUST[3])):
        assert follow(later, [old]) is later


@pytest.mark.parametrize("by", [FIRST, PrivateKey.generate()], ids=["given up", "never named"])
def test_word_by_a_key_that_is_not_the_roots_is_refused(root: Root, by: PrivateKey) -> None:
    later = follow(root, [word(2, FIRST, names=SECOND)])
    with pytest.raises(UnknownKeyError):
        follow(later, [word(9, by, trust=TRUST[3])])
    # What comes before it in the same answer is not believed either.
    with pytest.raises(UnknownKeyError):
        follow(later, [word(3, SECOND), word(9, by)])


def test_gap_in_the_chain_is_refused(root: Root) -> None:
    with pytest.raises(UnknownKeyError):
        follow(root, [word(3, SECOND, trust=TRUST[1])])


def test_word_signed_for_another_purpose_is_refused(root: Root) -> None:
    with pytest.raises(BadSignatureError):
        follow(root, [word(2, FIRST, kind=ContentType.TRUST_LIST)])


@pytest.mark.parametrize(
    "text",
    [
        word(2, FIRST, recipients=[AGES[0], AGES[0]]),
        word(
            2, FIRST, authorities=["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        ),
        "AAAA",
    ],
    ids=["one recipient twice", "authority that is none", "no COSE"],
)
def test_word_that_nobody_can_use_is_refused(root: Root, text: str) -> None:
    with pytest.raises(MalformedMessageError):
        follow(root, [text])


def test_words_without_end_are_refused(root: Root) -> None:
    with pytest.raises(MalformedMessageError):
        follow(root, [root.signed] * (MAX_STATEMENTS + 1))
