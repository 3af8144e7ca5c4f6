"""Digits as people write them: the points a pen passes, and the smooth line through them."""

# Strokes as (x, y) in a square of 100, in the order and the direction of the pen.
DIGITS = {
    "0": [[(58, 4), (34, 10), (19, 40), (24, 76), (46, 97), (70, 86), (83, 54), (76, 20), (56, 4), (44, 9)]],
    "1": [[(34, 22), (48, 12), (57, 3), (55, 30), (52, 62), (49, 97)]],
    "2": [
        [(22, 24), (32, 8), (52, 3), (70, 12), (73, 32), (58, 56), (36, 78), (20, 95)],
        [(20, 95), (44, 90), (62, 92), (84, 94)],
    ],
    "3": [
        [(24, 12), (44, 3), (66, 9), (69, 28), (56, 42), (40, 46)],
        [(40, 46), (62, 50), (76, 66), (68, 88), (44, 97), (20, 88)],
    ],
    "4": [[(46, 4), (36, 28), (20, 58), (46, 60), (84, 57)], [(66, 30), (63, 60), (60, 98)]],
    "5": [
        [(36, 8), (33, 26), (29, 45)],
        [(29, 45), (50, 40), (70, 52), (73, 74), (56, 94), (36, 97), (20, 88)],
        [(36, 8), (58, 7), (78, 3)],
    ],
    "6": [[(66, 4), (44, 20), (28, 46), (24, 74), (40, 96), (62, 92), (72, 72), (60, 56), (40, 60), (27, 76)]],
    "7": [[(20, 10), (44, 9), (78, 6)], [(78, 6), (64, 34), (52, 64), (44, 98)]],
    "8": [
        [
            (70, 14),
            (50, 3),
            (31, 14),
            (36, 34),
            (56, 48),
            (73, 66),
            (66, 90),
            (44, 97),
            (27, 82),
            (36, 60),
            (56, 44),
            (72, 26),
            (70, 14),
        ]
    ],
    "9": [[(72, 18), (54, 5), (33, 14), (28, 36), (44, 48), (63, 40), (72, 18), (70, 50), (62, 76), (50, 97)]],
}


def line(points: list[tuple[float, float]], steps: int = 3) -> list[tuple[float, float]]:
    """A Catmull-Rom spline: the line through all the points, `steps` pieces from each to the next."""
    extended = [points[0], *points, points[-1]]
    smooth = [points[0]]
    for before, one, other, after in zip(extended, extended[1:], extended[2:], extended[3:], strict=False):
        for step in range(1, steps + 1):
            t = step / steps
            x, y = (
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                for a, b, c, d in zip(before, one, other, after, strict=True)
            )
            smooth.append((x, y))
    return smooth
