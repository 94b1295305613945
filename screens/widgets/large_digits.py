"""Figures large enough to be read across a room: a font of 3x5 dots, drawn with half blocks at any scale."""

GLYPHS: dict[str, tuple[str, ...]] = {
    "0": ("###", "#.#", "#.#", "#.#", "###"),
    "1": (".#", "##", ".#", ".#", ".#"),
    "2": ("###", "..#", "###", "#..", "###"),
    "3": ("###", "..#", "###", "..#", "###"),
    "4": ("#.#", "#.#", "###", "..#", "..#"),
    "5": ("###", "#..", "###", "..#", "###"),
    "6": ("###", "#..", "###", "#.#", "###"),
    "7": ("###", "..#", "..#", "..#", "..#"),
    "8": ("###", "#.#", "###", "#.#", "###"),
    "9": ("###", "#.#", "###", "..#", "###"),
    "%": ("#..#", "...#", ".##.", "#...", "#..#"),
    ",": (".", ".", ".", "#", "#"),
    "+": ("...", ".#.", "###", ".#.", "..."),
    "-": ("...", "...", "###", "...", "..."),
    "–": ("...", "...", "###", "...", "..."),
    "/": ("..#", "..#", ".#.", "#..", "#.."),
    ":": (".", "#", ".", "#", "."),
    " ": ("..", "..", "..", "..", ".."),
}  # fmt: skip
DOTS = 5
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def width_of(figure: str, scale: int = 1) -> int:
    """The cells that a figure takes."""
    return max(0, sum((len(GLYPHS[char][0]) + 1) * scale for char in figure) - scale)


def height_of(scale: int = 1) -> int:
    """The lines that a figure takes."""
    return -(-DOTS * scale // 2)


def best_scale(figure: str, width: int, height: int) -> int:
    """The largest scale at which a figure fits, 0 when it does not at all."""
    scale = 0
    while width_of(figure, scale + 1) <= width and height_of(scale + 1) <= height:
        scale += 1
    return scale


def large(figure: str, scale: int = 1) -> list[str]:
    """A figure's lines; it holds nothing but what `GLYPHS` has. Raises: KeyError."""
    dots = ["" for _row in range(DOTS)]
    for char in figure:
        for row, line in enumerate(GLYPHS[char]):
            dots[row] += line + "."
    rows = [
        [dot == "#" for dot in line[:-1] for _one in range(scale)] for line in dots for _one in range(scale)
    ]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return [
        "".join(_HALVES[upper, lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
