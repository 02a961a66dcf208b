"""Asterisk on this machine: found or installed, configured, and its home."""
