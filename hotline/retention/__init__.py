"""Retention: how long what is kept of people is kept, what goes when it is over, and what stays (P4.12).

``kinds`` and ``rules`` are pure, ``assignments`` says of every table and folder of the house to which kind it
belongs; ``masking`` empties the personal columns of rows, which stay with their dates and figures (P0-a), and
``deletion_log`` tells of it outside the database, so that a backup put back loses it again. The rooms say
which of their rows are over and what of them is personal. Never enters: which calls or cases there are.
"""
