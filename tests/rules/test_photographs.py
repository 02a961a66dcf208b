"""Photographs of cases: what is kept of them, and what is none."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from hotline.cases.photographs import LARGEST, LONGEST_SIDE, UnfitPhoto, clean


def encoded(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: Any) -> bytes:
    kept = BytesIO()
    Image.new(mode, size).save(kept, kind, **how)
    return kept.getvalue()


def swelling() -> PngInfo:
    """Two megabytes of text, packed into some bytes."""
    beside = PngInfo()
    beside.add_text("Comment", "x" * 2_000_000, zip=True)
    return beside


def test_nothing_of_the_camera_is_kept_and_the_picture_stands_upright() -> None:
    """Place, maker and comment are gone; what was turned on its side is turned."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SECRETCAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    kept = clean(encoded("JPEG", exif=exif, comment=b"SECRETCOMMENT"))
    opened = Image.open(BytesIO(kept))
    assert (opened.format, opened.size) == ("JPEG", (30, 40))
    assert not opened.getexif() and b"SECRET" not in kept and b"Exif" not in kept


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
def test_every_kind_becomes_a_jpeg(kind: str, mode: str) -> None:
    """Whatever its colours are."""
    opened = Image.open(BytesIO(clean(encoded(kind, mode=mode))))
    assert (opened.format, opened.mode) == ("JPEG", "RGB")


def test_a_large_one_is_kept_small() -> None:
    """Its longer side, and no wider than it was tall."""
    assert Image.open(BytesIO(clean(encoded("PNG", (3000, 60), "L")))).size == (LONGEST_SIDE, 41)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "none"),
        (b"<svg/>", "kind"),
        (encoded("GIF"), "kind"),
        (encoded("TIFF"), "kind"),
        (encoded("JPEG")[:200], "kind"),
        (encoded("PNG", (900, 900))[:-30], "damaged"),
        (encoded("PNG", pnginfo=swelling()), "kind"),
        (bytes(LARGEST + 1), "bytes"),
        (encoded("PNG", (20_000, 4_000), "1"), "pixels"),
        (encoded("PNG", (30_000, 30_000), "1"), "pixels"),
    ],
)
def test_what_is_no_photograph_is_not_decoded(data: bytes, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a bomb, whose pixels are counted before they are there, nor half a file, whoever else would."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(UnfitPhoto) as refused:
        clean(data)
    assert refused.value.why == why
