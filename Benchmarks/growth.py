#!/usr/bin/env python3
"""How cost grows: for every figure that was measured at several amounts of work, by how much it changes with
each tenfold, as a table, and all of them as a picture (SVG).

    growth.py PICTURE.svg

Ends with 1 when a cost of one piece (a message, a copy, a page) grows with the work by more than the
logarithm explains: 2.5 times for a tenfold, or a cost of the whole faster than linearly.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

from measure.results import OURS, Row, load_all, shown

WIDTH, HEIGHT, MARGIN, COLUMNS = 250, 150, 44, 3
COLOURS = {"Dakghar": "#0b6e4f", "Prosody": "#b5651d", "ejabberd": "#7b2d8b"}

Line = list[tuple[float, float]]


def families(rows: list[Row]) -> dict[tuple[str, str, str, bool], dict[str, Line]]:
    """Figure, unit, what the work counts and whether less is better, with the points of each server."""
    found: dict[tuple[str, str, str, bool], dict[str, Line]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.work and row.value > 0 and row.who in COLOURS:
            found[row.figure, row.unit, row.of or "", row.less][row.who].append((row.work, row.value))
    return {key: {who: sorted(line) for who, line in lines.items()} for key, lines in found.items()
            if len(lines.get(OURS, [])) >= 3}


def slope(line: Line) -> float:
    """The exponent from the first to the last point: 0 the same cost, 1 linear."""
    (first, low), (last, high) = line[0], line[-1]
    return math.log(high / low) / math.log(last / first)


def table(found: dict) -> list[str]:
    lines = ["| | " + "work: cost | exponent |", "|---|---|---|"]
    for (figure, unit, of, _), servers in found.items():
        points = "; ".join(f"{work:,.0f}: {shown(value)}" for work, value in servers[OURS])
        lines.append(f"| {figure}, {unit} ({of}) | {points} | {slope(servers[OURS]):+.2f} |")
    return lines


def panel(number: int, key: tuple, servers: dict[str, Line]) -> list[str]:
    """One figure, both axes logarithmic."""
    figure, unit, of, _ = key
    left = MARGIN + (number % COLUMNS) * (WIDTH + MARGIN)
    top = MARGIN + (number // COLUMNS) * (HEIGHT + 2 * MARGIN)
    points = [point for line in servers.values() for point in line]
    x0, x1 = (math.log10(end([p[0] for p in points])) for end in (min, max))
    y0, y1 = math.floor(math.log10(min(p[1] for p in points))), math.ceil(math.log10(max(p[1] for p in points)))
    y1 = max(y1, y0 + 1)

    def place(work: float, value: float) -> tuple[float, float]:
        return (left + (math.log10(work) - x0) / (x1 - x0) * WIDTH,
                top + HEIGHT - (math.log10(value) - y0) / (y1 - y0) * HEIGHT)

    parts = [f'<text x="{left}" y="{top - 8}" class="title">{escape(figure)}, {escape(unit)}</text>',
             f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" class="frame"/>']
    for power in range(y0, y1 + 1):
        y = place(10 ** x0, 10.0 ** power)[1]
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + WIDTH}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{left - 4}" y="{y + 3:.1f}" class="tick" text-anchor="end">{10.0 ** power:g}</text>')
    for work in sorted({point[0] for point in points}):
        x = place(work, 10.0 ** y0)[0]
        parts.append(f'<text x="{x:.1f}" y="{top + HEIGHT + 13}" class="tick" text-anchor="middle">{work:,.0f}</text>')
    parts.append(f'<text x="{left + WIDTH}" y="{top + HEIGHT + 26}" class="tick" text-anchor="end">{escape(of)}</text>')
    for who, line in servers.items():
        places = [place(*point) for point in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[who]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{COLOURS[who]}"/>' for x, y in places]
    return parts


def picture(found: dict) -> str:
    rows = math.ceil(len(found) / COLUMNS)
    width, height = COLUMNS * (WIDTH + MARGIN) + MARGIN, rows * (HEIGHT + 2 * MARGIN) + 2 * MARGIN
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" font-family="sans-serif">',
             "<style>.title{font-size:11px;font-weight:bold}.tick{font-size:9px;fill:#444}"
             ".frame{fill:none;stroke:#888}.grid{stroke:#ddd}</style>",
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for number, (key, servers) in enumerate(found.items()):
        parts += panel(number, key, servers)
    for number, (who, colour) in enumerate(COLOURS.items()):
        x = MARGIN + number * 110
        parts.append(f'<rect x="{x}" y="{height - 30}" width="12" height="12" fill="{colour}"/>'
                     f'<text x="{x + 18}" y="{height - 20}" font-size="11">{who}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def too_steep(found: dict) -> list[str]:
    """Costs that must stay what they are, and do not; whole ones that grow faster than the work."""
    steep = []
    for (figure, unit, of, less), servers in found.items():
        exponent = slope(servers[OURS]) * (1 if less else -1)
        most = 1.05 if figure.startswith(WHOLE) else math.log10(2.5)
        if exponent > most:
            steep.append(f"{figure}, {unit}: grows with the {of} to the power of {exponent:.2f}, at most {most:.2f}")
    return steep


#: Costs of all of the work together; every other figure is for one piece of it.
WHOLE = ("memory", "room: CPU of a message", "hub: memory", "hub: CPU of a quiet second", "start")


def main() -> None:
    found = families(load_all())
    if not found:
        raise SystemExit("growth: nothing was measured yet: scripts/bench.sh")
    print("\n".join(table(found)))
    Path(sys.argv[1]).write_text(picture(found))
    steep = too_steep(found)
    for text in steep:
        print(f"TOO STEEP: {text}")
    sys.exit(1 if steep else 0)


if __name__ == "__main__":
    main()
