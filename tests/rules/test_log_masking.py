"""Addresses of pages that open to who knows them stand in no log."""

import pytest

from hotline.log_masking import mask_numbers


@pytest.mark.parametrize("page", ["invitation", "hearing"])
def test_the_word_of_a_link_is_hidden_wherever_it_stands(page: str) -> None:
    """In a path, within a sentence, in a traceback; what follows stays."""
    path = f"/{page}/Q3dxZm9vYmFy-_9/1/in.wav?from=0"
    event = {"path": path, "why": f'GET "https://1999.example{path}" failed', "lines": [path]}
    shown = mask_numbers(None, "warning", event)
    assert shown["path"] == f"/{page}/***/1/in.wav?from=0"
    assert "Q3dx" not in str(shown) and f"/{page}/***" in shown["why"]
