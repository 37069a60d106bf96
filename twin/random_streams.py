"""Random streams keyed by what they are for: adding one thing does not reshuffle another's luck."""

import hashlib

import numpy as np


def stream(seed: int, name: str, purpose: str) -> np.random.Generator:
    """Return the stream of a thing for a purpose; compared runs of one seed share it."""
    digest = hashlib.sha256(f"{name}\0{purpose}".encode()).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    return np.random.default_rng([seed, *words])
