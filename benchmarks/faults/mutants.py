"""Change bytes of a file as accidents and attackers do."""

import numpy as np

_ODD = (0, 1, 127, 128, 255)


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Return a file with one to eight changes: bytes flipped, set, repeated, moved, cut or inserted."""
    held = bytearray(content)
    for _ in range(int(random.integers(1, 9))):
        if not held:
            break
        at, size = int(random.integers(len(held))), int(random.integers(1, 33))
        match int(random.integers(7)):
            case 0:
                held[at] ^= 1 << int(random.integers(8))
            case 1:
                held[at] = _ODD[int(random.integers(len(_ODD)))]
            case 2:
                held[at:at] = held[at : at + size] * int(random.integers(1, 20))
            case 3:
                del held[at : at + size]
            case 4:
                held[at:at] = random.bytes(size)
            case 5:
                del held[at:]
            case _:
                other = int(random.integers(len(held)))
                held[at : at + size] = held[other : other + size]
    return bytes(held)


def flipped(content: bytes, random: np.random.Generator) -> bytes:
    """Return a file with one bit flipped."""
    at = int(random.integers(len(content)))
    return content[:at] + bytes([content[at] ^ 1 << int(random.integers(8))]) + content[at + 1 :]
