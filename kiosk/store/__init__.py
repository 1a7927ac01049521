"""The kiosk's database and spool: the only place that knows SQL or file names."""
