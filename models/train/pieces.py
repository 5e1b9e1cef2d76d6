"""Cuts a checkpoint into pieces under 16 MiB, and joins them again.

usage: python pieces.py cut runs/train.pt FOLDER [--half]     with --half only the averaged weights, as float16
       python pieces.py join FOLDER runs/train.pt
"""
import hashlib
import io
import sys
from pathlib import Path

import torch

PIECE = 15 * 1024 * 1024


def half(path):
    """The bytes of a checkpoint that holds the averaged weights alone, as float16."""
    saved = torch.load(path)
    small = {name: value.half() if value.is_floating_point() else value for name, value in saved["ema"].items()}
    buffer = io.BytesIO()
    torch.save({**{k: saved[k] for k in ("step", "seen", "seconds", "unet", "text")}, "ema": small}, buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    verb, source, target = sys.argv[1:4]
    if verb == "cut":
        data = half(source) if "--half" in sys.argv else Path(source).read_bytes()
        folder = Path(target)
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("piece-*"):
            old.unlink()
        for k in range(0, len(data), PIECE):
            (folder / f"piece-{k // PIECE:03}").write_bytes(data[k:k + PIECE])
        (folder / "sha256").write_text(hashlib.sha256(data).hexdigest() + "\n")
    elif verb == "join":
        data = b"".join(piece.read_bytes() for piece in sorted(Path(source).glob("piece-*")))
        if hashlib.sha256(data).hexdigest() != (Path(source) / "sha256").read_text().strip():
            raise SystemExit("a piece is missing or damaged: the checksum of the whole differs")
        Path(target).write_bytes(data)
    else:
        raise SystemExit(__doc__)
