"""Random values that people read aloud or that stand in addresses; the only source of chance is `secrets`."""

import secrets

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: what is heard on the telephone is what was said.
SPOKEN = "34679ACDEFGHJKMNPQRTWXY"


def spoken(length: int) -> str:
    """`length` characters that survive being read over the telephone."""
    return "".join(secrets.choice(SPOKEN) for _ in range(length))


def grouped(text: str, size: int) -> str:
    """`text` cut in groups joined by hyphens, for the eye."""
    return "-".join(text[i : i + size] for i in range(0, len(text), size))


def digits(length: int) -> str:
    """A numeric code of `length` digits, leading zeros included."""
    return f"{secrets.randbelow(10**length):0{length}d}"


def secret() -> str:
    """128 bits, safe in an address or a cookie."""
    return secrets.token_urlsafe(16)
