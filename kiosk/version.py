"""The program's version, told to the central and printed by doctor."""

VERSION = "0.1.0"
