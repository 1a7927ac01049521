"""sqlite-utils, loaded in one place and without what a kiosk does not need."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations
else:
    # sqlite-utils loads numpy, where there is one, to know more column types. Ours are STRICT
    # and plain; loading numpy would cost every command and the first paint a tenth of a second.
    _hidden = "numpy" not in sys.modules
    if _hidden:
        sys.modules["numpy"] = None
    try:
        _library = import_module("sqlite_utils")
        import_module("sqlite_utils.db")
    finally:
        if _hidden:
            del sys.modules["numpy"]
    Database, Migrations = _library.Database, _library.Migrations

__all__ = ["Database", "Migrations"]
