"""``python -m tests.paper``: write the demo's images, or a contact sheet."""

import argparse
import sys
from pathlib import Path

from tests.paper.demo import FOLDER, write_demo
from tests.paper.sheet import write_sheet


def main() -> int:
    """Do what the command line asks; 0 when it is done."""
    parser = argparse.ArgumentParser(prog="python -m tests.paper", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--samples", action="store_true", help=f"write the images in {FOLDER.name}/")
    what.add_argument("--sheet", type=Path, metavar="OUT.png", help="write a contact sheet")
    parser.add_argument("--seed", type=int, default=1, help="of the contact sheet (1)")
    options = parser.parse_args()
    if options.samples:
        for path in write_demo():
            print(f"{path.stat().st_size:>9} {path.name}")
    else:
        write_sheet(options.sheet, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
