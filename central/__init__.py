"""The reference central: takes deposits in from kiosks, each exactly once."""
