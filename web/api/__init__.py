"""The same use cases for programs: ``/api/v1``, described by OpenAPI 3.1, for whoever holds a key.

An application of its own beside the pages: no cookie reaches it and none leaves it, so that no page of
another site can make a browser act here, and forms and their tokens are no business of programs. Who may is
declared where a route is (``gate``); a fault is told in RFC 9457's form (``problems``).
"""
