"""The call flow as a picture: whatever the menus are,
no box covers another and every arrow leads somewhere.
"""

import re

from hypothesis import given
from hypothesis import strategies as st

from web.console.flow_drawing import WIDTH, FlowBox, drawn

NAMES = st.sampled_from("abcdefgh")
BOXES = st.lists(
    st.builds(
        FlowBox,
        NAMES,
        st.integers(0, 4),
        st.just("title"),
        st.lists(st.tuples(st.just("line"), NAMES), max_size=8),
        follows=NAMES,
    ),
    max_size=8,
    unique_by=lambda box: box.name,
)


@given(BOXES)
def test_no_box_covers_another_and_all_lie_in_the_picture(boxes: list[FlowBox]) -> None:
    """With any number of menus and keys."""
    drawing = drawn(boxes)
    taken = [(one.x, one.y, one.x + WIDTH, one.y + one.height) for one in drawing.boxes]
    for at, (left, top, right, bottom) in enumerate(taken):
        assert 0 <= left and right <= drawing.width and bottom <= drawing.height
        assert all(right <= x or end <= left or bottom <= y or low <= top for x, y, end, low in taken[:at])


@given(BOXES)
def test_every_line_that_leads_to_a_box_has_its_arrow(boxes: list[FlowBox]) -> None:
    """And none leads out of the picture by more than its bend."""
    drawing = drawn(boxes)
    known = {box.name for box in boxes}
    wanted = sum(target in known for box in boxes for _, target in box.lines)
    wanted += sum(box.follows in known for box in boxes)
    assert len(drawing.arrows) == wanted
    for path in drawing.arrows:
        assert all(-60 <= float(number) <= 10_000 for number in re.findall(r"-?\d+", path))
