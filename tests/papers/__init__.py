"""Tests of what gets printed."""
