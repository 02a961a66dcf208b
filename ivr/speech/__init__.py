"""Text to speech: words become sound of a telephone's rate, in the languages of the menus.

Needs the extra ``voices`` and loads it only when something is said; what brings a sound to a telephone's
level needs none. Never enters: the catalogue and files; those who keep them look after them.
"""
