"""Pictures inside the page: scaled down and written as data, so that nothing is fetched."""

import base64
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

__all__ = ["Picture", "embed"]

_COLOURS = 255


@dataclass(frozen=True)
class Picture:
    """A picture as a data address, with its size in pixels."""

    address: str
    width: int
    height: int


def embed(path: Path, *, width: int = 1300) -> Picture:
    """Return a picture as a data address of a palette PNG.

    Parameters
    ----------
    path : Path
        A PNG.
    width : int
        Wider pictures are scaled down to it.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (2600, 1000)).save(Path(folder, "map.png"))
    ...     picture = embed(Path(folder, "map.png"))
    >>> picture.width, picture.height, picture.address[:22]
    (1300, 500, 'data:image/png;base64,')
    """
    with Image.open(path) as source:
        picture = source.convert("RGB")
    if picture.width > width:
        height = round(picture.height * width / picture.width)
        picture = picture.resize((width, height), Image.Resampling.HAMMING)
    stream = BytesIO()
    # An octree keeps a colour however small its share, such as the dot of a city; a median cut
    # would turn it grey.
    few = picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(stream, "PNG")  # optimised it would be a thirtieth smaller, in seven times the time
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return Picture(f"data:image/png;base64,{data}", picture.width, picture.height)
