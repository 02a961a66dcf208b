"""The machine under the processes: system users and their rights, views of shut folders, log files.

Never enters: which process is run, and Asterisk.
"""
