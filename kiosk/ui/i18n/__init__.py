"""What the window says, in French and Arabic."""
