#!/usr/bin/env python3
"""Measures flash crowds in the virtual-time lab and draws how near they come to what lines allow.

usage: bench/swarm/flash_crowd.py [--peers 2,8,32,128] [--mib 1024] [--svg docs/flash-crowd.svg]

Each crowd begins at once at one seed; all lines are equal, so nobody can have it sooner than one line carries it.
"""
import argparse
import math
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 64, 40, 24, 52
GOAL = 0.85


def measure(peers, mib):
    command = ["./mvnw", "-B", "-pl", "p2p-engine", "-am", "test", "-Dtest=FlashCrowdTest",
               "-Dsurefire.failIfNoSpecifiedTests=false", "-Dhubswarm.test-timeout=60 m",
               f"-DargLine=-Dhubswarm.crowd={peers} -Dhubswarm.crowd-mib={mib}"]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    rows = re.findall(r"flash crowd\t(\d+)\t([\d.]+)\t([\d.]+)\t([\d.]+)\t([\d.]+)\t([\d.]+)\t(\d+)", out)
    if not rows:
        sys.exit("Nothing was measured:\n" + out[-2000:])
    return [(int(row[0]), *map(float, row[1:])) for row in rows]


def draw(rows, mib):
    high = max(math.log2(max(row[0] for row in rows)), 1)

    def x(peers):
        return LEFT + math.log2(peers) / high * (WIDTH - LEFT - RIGHT)

    def y(share):
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
           ' font-size="12" fill="#333">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           f'<text x="{LEFT}" y="22" font-size="14">Flash crowd of {mib} MiB from one seed: '
           'share of the best possible speed</text>']
    for tenth in range(0, 11, 2):
        at = y(tenth / 10)
        svg.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        svg.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10 * tenth} %</text>')
    svg.append(f'<path d="M{LEFT} {y(GOAL):.1f}H{WIDTH - RIGHT}" stroke="#c60" stroke-dasharray="6 4"/>')
    svg.append(f'<text x="{WIDTH - RIGHT}" y="{y(GOAL) - 5:.1f}" text-anchor="end" fill="#c60">goal</text>')
    line = " ".join(f"{x(row[0]):.1f},{y(row[3]):.1f}" for row in rows)
    svg.append(f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>')
    for row in rows:
        svg.append(f'<circle cx="{x(row[0]):.1f}" cy="{y(row[3]):.1f}" r="4" fill="#06c"/>')
        svg.append(f'<text x="{x(row[0]):.1f}" y="{y(row[3]) + 20:.1f}" text-anchor="middle">{100 * row[3]:.0f}</text>')
        svg.append(f'<text x="{x(row[0]):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{row[0]}</text>')
    svg.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">peers</text></svg>')
    return "\n".join(svg) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", default="2,8,32,128")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--svg", default=str(ROOT / "docs" / "flash-crowd.svg"))
    options = parser.parse_args()
    rows = sorted(measure(options.peers, options.mib))
    print("peers  seconds   best  share  copies by the seed  wall seconds  messages")
    for peers, seconds, best, share, copies, wall, messages in rows:
        print(f"{peers:5d} {seconds:8.1f} {best:6.1f} {share:6.3f} {copies:19.2f} {wall:13.1f} {messages:9.0f}")
    pathlib.Path(options.svg).write_text(draw(rows, options.mib))


if __name__ == "__main__":
    main()
