"""Messages to staff and citizens: written with the fact they tell of, sent later, each once (spec P0-c, §18).

Nothing here knows why a message is written, and whoever writes one does not know how it travels: files until
the city connects a mail server and a gateway for SMS. Wordings are files in ``templates/``; a text that tells
a person's name, number or address does not enter, nor a link, nor a landline.
"""
