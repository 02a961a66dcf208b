"""Single sign-on: people prove who they are at the city's identity provider, by OpenID Connect.

What the provider says of somebody is heard here, signed and checked; which login that is, an administrator
has said once; which roles its claims give, a table that two administrators keep. Never enters: a password,
and what a browser is.
"""
