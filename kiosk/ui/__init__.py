"""The counter's window, in French and Arabic."""
