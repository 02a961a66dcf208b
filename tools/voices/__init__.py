"""``hotline prompts``: the catalogue's texts become the files that callers hear, and are compared with them.

``speak`` turns words into sound by the extra ``voices``, loaded only when something is said. Level, silence
and peaks are alike for every prompt, and a recogniser tells whether each is understood as written. Never
enters: a recording by a speaker, which replaces a file under the same name.
"""
