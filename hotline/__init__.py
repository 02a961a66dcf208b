"""Facts that are true without any telephone: time, people, promises, records.

Nothing here knows AGI, SIP, Twilio's calls or a web page. Rules are pure and get the time as an argument
called ``at``; stores speak SQLAlchemy; services are the use cases. Its rooms import downwards only, by a
contract of their own. Never enters: a channel variable, a wall clock outside ``clock.py``.
"""
