"""Stand-ins for devices and peers."""
