"""The deposit kiosk."""
