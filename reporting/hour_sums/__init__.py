"""Sums of the calls that began in an hour, so that a month or a year of history need not read each call.

A sum stands for rows and is never more than they say: the database itself throws it away when one of them
changes, and who reads counts the rows of an hour that has none. So both ways come to the same, always.
"""
