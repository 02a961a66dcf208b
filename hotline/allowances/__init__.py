"""Rate limits for strangers, an hour a network address: accounts of browsers, callbacks in writing.

Counted in the database, so that several processes and a restart make no difference. Signing in has limits of
its own (``hotline.accounts``), programs theirs (``web.api.rates``); nobody who calls by telephone is counted
here.
"""
