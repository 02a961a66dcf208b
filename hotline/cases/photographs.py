"""Photographs of cases as they are kept: small enough, upright, re-encoded as JPEG without place, time and
camera. Pure.
"""

from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageFile, ImageOps

from hotline.errors import HotlineError

KINDS: Final = ("JPEG", "PNG", "WEBP")
"""Formats of a photograph, by its content, whatever its name says."""
LARGEST: Final = 8 * 1024 * 1024
"""Bytes of one as it is sent."""
MOST_PIXELS: Final = 60_000_000
"""Pixels of one, measured before it is decoded: more than telephones take at their usual setting."""
LONGEST_SIDE: Final = 2048
"""Pixels of the longer side as it is kept: enough to read a house number."""
QUALITY: Final = 85

Image.MAX_IMAGE_PIXELS = None  # a bomb is measured below, before anything is decoded


class UnfitPhoto(HotlineError, code="unfit-photo", varies_by="why"):
    """A file that is not kept as a photograph."""

    why: Literal["none", "kind", "bytes", "pixels", "damaged"]
    most: int = 0


def clean(data: bytes, longest: int = LONGEST_SIDE) -> bytes:
    """The same picture as JPEG, and nothing but the picture; ``longest``: pixels of its longer side.

    Raises UnfitPhoto.
    """
    if not data:
        raise UnfitPhoto("none")
    if len(data) > LARGEST:
        raise UnfitPhoto("bytes", LARGEST // 1024 // 1024)
    # Of the whole process: WeasyPrint, once imported, has it take half files, and texts that swell.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        opened = Image.open(BytesIO(data), formats=KINDS)
    except (OSError, SyntaxError, ValueError, EOFError):
        raise UnfitPhoto("kind") from None
    if opened.width * opened.height > MOST_PIXELS:
        raise UnfitPhoto("pixels", MOST_PIXELS // 1_000_000)
    try:
        return _encoded(opened, longest)
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        raise UnfitPhoto("damaged") from None


def _encoded(opened: Image.Image, longest: int) -> bytes:
    opened.draft("RGB", (longest, longest))
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((longest, longest))
    plain = Image.new("RGB", upright.size, "white")
    seen = upright.convert("RGBA") if upright.has_transparency_data else upright.convert("RGB")
    plain.paste(seen, mask=seen if seen.mode == "RGBA" else None)
    kept = BytesIO()
    plain.save(kept, "JPEG", quality=QUALITY, progressive=True)
    return kept.getvalue()
