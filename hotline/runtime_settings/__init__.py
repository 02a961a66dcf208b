"""Settings made while calls go on: values of settings, and the texts of the menus, as rows with a history.

A value here counts before that of the environment and of ``settings.toml``; taken back, theirs counts again.
Nothing here knows what a menu means; who saves one has had it examined.
"""
