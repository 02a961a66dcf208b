"""Who did what to what, when and why (P0-a): rows that are only ever added.

Not the log of the processes (that is masked by ``hotline.audit``): this one is evidence, and holds
what stood there before and after.
"""
