"""Reasons why a bench or a soak cannot be run."""

from hotline.errors import HotlineError


class CannotMeasure(HotlineError):
    """A sentence for the developer at the terminal: what is wrong, and what to do."""
