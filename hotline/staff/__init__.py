"""The people of the hotline: agents with phones and languages,
and every staff identity with its roles (spec §1).

Says who somebody is and whether they may, at an instant and for an agency; what each role allows stands in
``hotline.permissions``. Roles that approve what others do are given by two. Never enters: how somebody proves
who they are (``hotline.accounts``), and which phone is rung next.
"""
