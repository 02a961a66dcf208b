"""The settings, each declared once with its meaning; one frozen object, read at start.

``declaration`` has them all, the other modules the kinds they are made of. A fault names every setting that
is wrong, with what to do, and nothing starts. Some may be set while calls go on
(``hotline.runtime_settings``). Never enters: a value that a use case computes, and a constant that nobody
sets.
"""

from hotline.settings.declaration import SECRETS, Settings, load_settings

__all__ = ["SECRETS", "Settings", "load_settings"]
