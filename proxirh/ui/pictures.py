"""Pictures drawn on the page itself."""

import base64
from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathFillImage


def square_to_photograph(address: str) -> str:
    """The square that a telephone reads, as SVG, on white whatever the theme."""
    buffer = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage).save(buffer)
    return buffer.getvalue().decode()


def within_page(svg: str) -> str:
    """The address of a picture that the page itself carries."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
