"""Text to speech: words become sound of a telephone's rate, in the languages of the menus.

Needs the extra ``voices`` and loads it only when something is said. Never enters: the catalogue, files and
their levels; those who render prompts (``tools.voices``) look after them.
"""
