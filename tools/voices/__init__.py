"""Prompts rendered from the catalogue's texts, and checked."""
