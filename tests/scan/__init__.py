"""Tests of kiosk.scan."""
