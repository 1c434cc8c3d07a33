#!/usr/bin/env python3
"""Measures flash crowds in the virtual-time lab and draws how near they come to what lines allow.

usage: bench/swarm/flash_crowd.py [--peers 2,8,32,128,512] [--seeds 3] [--mib 1024] [--svg docs/flash-crowd.svg]

Each crowd begins at once at one seed; all lines are equal, so nobody can have it sooner than one line carries it.
Chance is another one in each of the runs; the least and the most are drawn with the median.
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


def measure(peers, seeds, mib):
    command = ["./mvnw", "-B", "-pl", "p2p-engine", "-am", "test", "-Dtest=FlashCrowdTest",
               "-Dsurefire.failIfNoSpecifiedTests=false", "-Dhubswarm.test-timeout=60 m",
               f"-DargLine=-Dhubswarm.crowd={peers} -Dhubswarm.crowd-mib={mib} -Dhubswarm.crowd-seeds={seeds}"]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    rows = re.findall(r"flash crowd\t(\d+)\t([\d.]+)\t([\d.]+)\t([\d.]+)\t([\d.]+)\t([\d.]+)\t(\d+)", out)
    if not rows:
        sys.exit("Nothing was measured:\n" + out[-2000:])
    return [(int(row[0]), *map(float, row[1:])) for row in rows]


def draw(rows, mib):
    runs = {peers: sorted(row[3] for row in rows if row[0] == peers) for peers in sorted({row[0] for row in rows})}
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
    middle = {peers: shares[len(shares) // 2] for peers, shares in runs.items()}
    line = " ".join(f"{x(peers):.1f},{y(share):.1f}" for peers, share in middle.items())
    svg.append(f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>')
    for peers, shares in runs.items():
        at, low = x(peers), y(shares[0])
        svg.append(f'<path d="M{at:.1f} {low:.1f}V{y(shares[-1]):.1f}" stroke="#06c" stroke-width="5" opacity=".4"/>')
        svg.append(f'<circle cx="{at:.1f}" cy="{y(middle[peers]):.1f}" r="4" fill="#06c"/>')
        svg.append(f'<text x="{at:.1f}" y="{low + 20:.1f}" text-anchor="middle">{100 * middle[peers]:.0f}</text>')
        svg.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{peers}</text>')
    svg.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">peers</text></svg>')
    return "\n".join(svg) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", default="2,8,32,128,512")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--svg", default=str(ROOT / "docs" / "flash-crowd.svg"))
    options = parser.parse_args()
    rows = sorted(measure(options.peers, options.seeds, options.mib))
    print("peers  seconds   best  share  copies by the seed  wall seconds  messages")
    for peers, seconds, best, share, copies, wall, messages in rows:
        print(f"{peers:5d} {seconds:8.1f} {best:6.1f} {share:6.3f} {copies:19.2f} {wall:13.1f} {messages:9.0f}")
    pathlib.Path(options.svg).write_text(draw(rows, options.mib))


if __name__ == "__main__":
    main()
