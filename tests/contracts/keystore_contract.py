"""What every keystore must do. Subclass it once per back-end and give the fixture ``keystore``."""

from uuid import UUID

import pytest

from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, Keystore
from kiosk.wire.encoding import b64

STORE, OTHER_STORE = UUID(int=7), UUID(int=8)


class KeystoreContract:
    """Keeps what it is given, gives it to nobody else, and loses or replaces nothing."""

    def test_keys_kept_are_the_keys_found(self, keystore: Keystore) -> None:
        keys = DeviceKeys.generate(STORE)
        keystore.save(keys)
        assert keystore.load(STORE) == keys

    def test_each_data_folder_has_its_own_keys(self, keystore: Keystore) -> None:
        own, others = DeviceKeys.generate(STORE), DeviceKeys.generate(OTHER_STORE)
        keystore.save(own)
        keystore.save(others)
        assert keystore.load(OTHER_STORE) == others
        assert keystore.load(STORE) == own

    def test_keys_that_are_not_there_are_the_wrong_keys(self, keystore: Keystore) -> None:
        keystore.save(DeviceKeys.generate(OTHER_STORE))
        with pytest.raises(WrongKeyError, match="no key"):
            keystore.load(STORE)

    def test_keys_are_never_replaced(self, keystore: Keystore) -> None:
        keys = DeviceKeys.generate(STORE)
        keystore.save(keys)
        with pytest.raises(WrongKeyError, match="cannot be written"):
            keystore.save(DeviceKeys.generate(STORE))
        assert keystore.load(STORE) == keys

    def test_refusal_says_nothing_of_the_keys(self, keystore: Keystore) -> None:
        keys = DeviceKeys.generate(STORE)
        keystore.save(keys)
        again = DeviceKeys.generate(STORE)
        with pytest.raises(WrongKeyError) as refused:
            keystore.save(again)
        said = f"{refused.value} {keystore!r} {again!r}"
        for secret in (again.database_key, again.lookup_key, again.request_key.seed):
            assert b64(secret) not in said
            assert secret.hex() not in said
