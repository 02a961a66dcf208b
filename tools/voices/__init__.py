"""``hotline prompts``: the catalogue's texts become the files that callers hear, and are compared with them.

Level, silence and peaks are alike for every prompt, and a recogniser tells whether each is understood as
written. The voice itself is ``ivr.speech``'s. Never enters: a recording by a speaker, which replaces a file
under the same name.
"""
