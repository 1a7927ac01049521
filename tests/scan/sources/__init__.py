"""Tests of kiosk.scan.sources."""
