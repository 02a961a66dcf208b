"""Every setting, declared once with its meaning; one frozen object, read at start."""

from hotline.settings.declaration import SECRETS, Settings, load_settings

__all__ = ["SECRETS", "Settings", "load_settings"]
