"""A fictional city, its exchange and telephones played by programs,
so that a fresh installation can take a call.

``hotline call`` dials the running hotline as a carrier would, plays agents and officers, listens to what is
said, and tells the story. The product reaches this package by entry points alone and runs without it. Never
enters: a measurement or a test (``tools``, ``tests``), and anything a city in earnest would need.
"""
