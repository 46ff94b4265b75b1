"""Makes a key file: `python -m config.keys FILE`. Runs before any setting exists: production needs it to start."""

import sys
from pathlib import Path

from config.env import new_keyring, write_private


def main(arguments: list[str]) -> int:
    """Write a fresh key file that only its owner can read; never overwrite one. 0 when written, 2 when refused."""
    if len(arguments) != 1:
        print("Usage : python -m config.keys FICHIER", file=sys.stderr)
        return 2
    path = Path(arguments[0]).expanduser()
    try:
        written = write_private(path, new_keyring())
    except OSError as error:
        print(f"Impossible d’écrire {path} : {error.strerror}.", file=sys.stderr)
        return 2
    if not written:
        print(f"{path} existe déjà : il n’est pas touché.", file=sys.stderr)
        return 2
    print("Clés écrites. Gardez-en une copie à part de la base et de ses sauvegardes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
