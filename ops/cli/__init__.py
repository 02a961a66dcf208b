"""The command line ``hotline``: a module for each family of commands, and how their answers are written.

What an operator needs with the pages down. A command is a few lines over a room's use case, under a name
(``--by``) where it changes anything. Never enters: a decision, and a second way to do what a use case does.
"""
