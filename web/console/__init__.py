"""The pages for people: administrators, liaisons, supervisors and officers,
in Chinese first and English second.

A page translates: a form becomes a use case's arguments, what is known becomes a page. Who may is declared
where a route is (``gate``) and looked at before anything runs; what may happen is decided in the rooms below.
No script or style stands in a page, no rule either.
"""
