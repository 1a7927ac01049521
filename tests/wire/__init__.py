"""Tests of what kiosk and central both speak."""
