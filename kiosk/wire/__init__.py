"""What kiosk and central both speak. Knows no Qt and no database."""
