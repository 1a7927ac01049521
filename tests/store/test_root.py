"""The root's next word is kept; what a former trust key signed goes when its successor's comes."""

import pytest

from kiosk.store.store import Store
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.errors import UnknownKeyError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import Updates
from kiosk.wire.succession import Root, read_root
from kiosk.wire.trust import Configuration, TrustList, sign_statement
from tests.enrolled import DEVICE, NOW, TestCentral

NEW, NEWER = PrivateKey.generate(), PrivateKey.generate()


def next_word(central: TestCentral, store: Store, trust: PrivateKey) -> Root:
    """Return the word that follows the one kept, naming another trust key."""
    kept = store.memory.root().statement
    statement = kept.model_copy(
        update={"version": kept.version + 1, "trust_key": b64(trust.public.raw)}
    )
    signed = sign_statement(statement, central.root, ContentType.ROOT_STATEMENT)
    return read_root(signed, central.root.public)


def told(central: TestCentral, by: PrivateKey, version: int = 1) -> tuple[Updates, TrustList]:
    """Return updates with a list and a configuration by that trust key."""
    trust = TrustList(
        version=version,
        issued_at=NOW,
        acknowledgement_keys=(b64(central.acknowledgement.public.raw),),
        devices=(),
    )
    settings = Configuration(version=version, point="C0417", point_name="Nouveau nom")
    updates = Updates(
        device=DEVICE,
        previous=0,
        cursor=0,
        time=NOW,
        trust_list=sign_statement(trust, by, ContentType.TRUST_LIST),
        configuration=sign_statement(settings, by, ContentType.CONFIGURATION),
    )
    return updates, trust


def test_kept_list_is_believed_until_the_new_keys_own_comes(
    store: Store, central: TestCentral
) -> None:
    # Whoever stole the former key signed a list that no honest version ever overtakes.
    poison, listed = told(central, central.trust, 2**60)
    store.memory.apply(poison, listed, "")
    store.memory.keep_root(next_word(central, store, NEW))
    assert store.memory.is_list_former()
    assert store.memory.trust_list().version == 2**60  # receipts are checked meanwhile
    assert store.memory.enrolment().trust_key() == NEW.public
    updates, newer = told(central, NEW, 3)
    store.memory.apply(updates, newer, "")
    assert (store.memory.trust_list().version, store.memory.is_list_former()) == (3, False)
    assert store.memory.enrolment().configured().version == 3


def test_half_of_what_the_new_key_signs_is_not_taken(store: Store, central: TestCentral) -> None:
    store.memory.keep_root(next_word(central, store, NEW))
    updates, newer = told(central, NEW, 3)
    store.memory.apply(updates.model_copy(update={"configuration": None}), newer, "")
    assert store.memory.is_list_former()
    mixed = told(central, central.trust, 9)[0].configuration
    with pytest.raises(UnknownKeyError):
        store.memory.apply(updates.model_copy(update={"configuration": mixed}), newer, "")
    assert store.memory.is_list_former()


def test_two_changes_while_nothing_was_fetched(store: Store, central: TestCentral) -> None:
    before = store.memory.trust_list()
    store.memory.keep_root(next_word(central, store, NEW))
    store.memory.keep_root(next_word(central, store, NEWER))
    assert store.memory.trust_list() == before
    updates, newer = told(central, NEWER, 3)
    store.memory.apply(updates, newer, "")
    assert store.memory.trust_list() == newer


def test_word_that_is_not_newer_is_not_kept(store: Store, central: TestCentral) -> None:
    first = store.memory.root()
    later = next_word(central, store, NEW)
    store.memory.keep_root(later)
    for old in (first, later):
        store.memory.keep_root(old)
        assert store.memory.root().signed == later.signed
