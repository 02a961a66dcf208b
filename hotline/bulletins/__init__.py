"""Emergency bulletins: raised by an agency, before every agent within seconds, lifted,
and who has read them (P4.8).

What agents read, not what callers hear: the announcement before the menu (V-03) is switched by the call
centre (``administration.bulletins``) and played by ``ivr``. A bulletin that was lifted stays readable. Never
enters: other news of agencies, which wait to be looked up (``hotline.news``).
"""
