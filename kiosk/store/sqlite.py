"""SQLCipher under sqlite-utils, loaded in one place and without what a kiosk does not need.

sqlite-utils looks for ``pysqlite3`` before the standard library's module, and catches only the
errors of the module it found: so SQLCipher is put in that place while it loads.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database, Migrations
else:
    sqlite3 = import_module("sqlcipher3.dbapi2")
    _stand_ins = {
        "pysqlite3": import_module("sqlcipher3"),
        "pysqlite3.dbapi2": sqlite3,
        # sqlite-utils loads numpy, where there is one, to know more column types. Ours are STRICT
        # and plain; numpy would cost every command and the first paint a tenth of a second.
        "numpy": None,
    }
    _before = {name: sys.modules[name] for name in _stand_ins if name in sys.modules}
    sys.modules.update(_stand_ins)
    try:
        _library = import_module("sqlite_utils")
    finally:
        for _name in _stand_ins:
            del sys.modules[_name]
        sys.modules.update(_before)
    Database, Migrations = _library.Database, _library.Migrations

__all__ = ["Database", "Migrations", "sqlite3"]
