"""Messages to staff and citizens: written with the fact they tell of, sent later, each once (spec P0-c, §18).

Nothing here knows why a message is written. How it travels is a sender's business: files today, mail and SMS
when the city connects them.
"""
