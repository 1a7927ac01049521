"""Printer drivers behind one port; they know nothing of the kiosk."""
