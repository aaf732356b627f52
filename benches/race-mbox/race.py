#!/usr/bin/env python3
"""Races tegu-mbox against other readers and writers of mbox files, side by side, and prints tables.

    benches/race-mbox/race.py [--bytes 1000000000] [--runs 7] [--dir /dev/shm]

Every lane is a process of its own; in each round all lanes run once, in a shuffled order, so that what else the machine does
hits all alike. Times are those of the processor (user and system), which other work on the machine moves less than the clock.
Quoted are medians, with the slowest and the fastest run. Needs cargo, python3, grep, cp, and formail (Debian
package procmail). Slow lanes run in fewer rounds.
"""

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "import mailbox, sys\nn = sum(1 for key in mailbox.mbox(sys.argv[1], create=False).iterkeys())\nprint('messages', n)"


def build():
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=HERE, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "target"))
    return os.path.join(target, "release", "race-mbox")


def run(command, output=None):
    """Processor seconds, peak memory in MiB, and what went wrong, if anything."""
    with open(output, "wb") if output else tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        complaint = process.stderr.read().decode()
    if status != 0:
        return None, 0, complaint.strip() or "failed"
    return seconds, usage.ru_maxrss // 1024, None


def messages(command, path):
    run(command, path)
    with open(path, "rb") as file:
        text = file.read().decode(errors="replace")
    found = re.search(r"messages (\d+)", text) or re.match(r"(\d+)\s*$", text)
    return int(found.group(1)) if found else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--dir", default="/dev/shm")
    arguments = parser.parse_args()
    race = build()
    work = tempfile.mkdtemp(prefix="race-mbox-", dir=arguments.dir)
    try:
        compare(race, work, arguments)
    finally:
        shutil.rmtree(work)


def compare(race, work, arguments):
    file, small, copy, said = (os.path.join(work, name) for name in ("file", "small", "copy", "said"))
    truth = messages([race, "make", file, str(arguments.bytes)], said)
    messages([race, "make", small, str(min(arguments.bytes, 50_000_000))], said)
    size, small_size = os.path.getsize(file), os.path.getsize(small)
    own = [name for name in subprocess.check_output([race, "lanes"], text=True).split()]
    lanes = {name: [race, name, file, copy] for name in own if not name.startswith("hostile-")}
    lanes |= {
        "grep -c": ["grep", "-c", "^From ", file],
        "cp": ["cp", file, copy],
        "dd bs=1M": ["dd", "if=" + file, "of=" + copy, "bs=1M", "status=none"],
        "Python mailbox": [sys.executable, "-c", PYTHON, file],
        "formail -s (50 MB)": ["sh", "-c", f"formail -s cat < {small}"],
    }
    slow = {"Python mailbox", "formail -s (50 MB)", "mbox-reader"}
    times, memory, errors = {name: [] for name in lanes}, {}, {}
    for round_number in range(arguments.runs):
        for name in random.sample(sorted(lanes), len(lanes)):
            if name in slow and round_number >= 3:
                continue
            if os.path.exists(copy):
                os.remove(copy)
            seconds, peak, error = run(lanes[name], said)
            if error:
                errors[name] = error
            else:
                times[name].append(seconds)
                memory[name] = max(peak, memory.get(name, 0))
            if name in ("tegu-write", "tegu-copy") and subprocess.run(["cmp", "-s", file, copy]).returncode:
                errors[name] = "the copy differs"
    rate = lambda name, seconds: (small_size if "50 MB" in name else size) / seconds / 1e6
    sys.stdout.reconfigure(line_buffering=True)
    print(f"{size:,} bytes, {truth:,} messages, {arguments.runs} rounds\n")
    print("| lane | MB/s, median (slowest to fastest) | peak memory, MiB | messages |\n|---|---|---|---|")
    for name in lanes:
        if not times[name]:
            print(f"| {name} | {errors.get(name, 'no run')} | | |")
            continue
        found = messages(lanes[name], said) if name not in ("cp", "dd bs=1M", "formail -s (50 MB)") else ""
        note = f" ({errors[name]})" if name in errors else ""
        rates = [rate(name, seconds) for seconds in (statistics.median(times[name]), max(times[name]), min(times[name]))]
        print(f"| {name}{note} | {rates[0]:,.0f} ({rates[1]:,.0f} to {rates[2]:,.0f}) | {memory[name]} | {found} |")
    ratio = lambda a, b: statistics.median(times[b]) / statistics.median(times[a])
    print("\n| measure | ratio of medians |\n|---|---|")
    for text, a, b in (
        ("split, slice / bare memmem, mapped", "tegu-split", "memmem-mapped"),
        ("split, slice / mail-parser", "tegu-split", "mail-parser"),
        ("split and un-quote, streaming / memmem over 1 MiB reads", "tegu-pieces", "memmem-stream"),
        ("split and un-quote, streaming / memmem over 128 KiB reads", "tegu-pieces", "memmem-stream-128k"),
        ("count / grep -c", "tegu-count", "grep -c"),
        ("write mboxrd / cp", "tegu-write", "cp"),
        ("copy mboxrd / cp", "tegu-copy", "cp"),
        ("write mboxrd / dd", "tegu-write", "dd bs=1M"),
    ):
        if times[a] and times[b]:
            print(f"| {text} | {ratio(a, b):.2f} |")
    os.remove(copy) if os.path.exists(copy) else None
    unquoted(race, file, said, arguments)
    hostile(race, own, file, said)


def unquoted(race, file, said, arguments):
    """How many messages each reader finds where text lines that start with `From ` were left as they are."""
    truth = messages([race, "make", file, str(arguments.bytes), "unquoted"], said)
    print(f"\nUnquoted `From ` in text, {truth:,} messages:\n\n| reader | messages |\n|---|---|")
    readers = {name: [race, name, file] for name in ("tegu-split", "tegu-count", "mail-parser", "mbox-reader")}
    readers["Python mailbox"] = [sys.executable, "-c", PYTHON, file]
    readers["grep -c"] = ["grep", "-c", "^From ", file]
    for name, command in readers.items():
        print(f"| {name} | {messages(command, said) or 0:,} |")


def hostile(race, own, file, said):
    print("\n| made to do harm | seconds | peak memory, MiB | messages |\n|---|---|---|---|")
    for name in own:
        if name.startswith("hostile-"):
            seconds, peak, error = run([race, name, file], said)
            found = messages([race, name, file], said) if not error else error
            print(f"| {name.removeprefix('hostile-')} | {seconds or 0:.1f} | {peak} | {found} |")


if __name__ == "__main__":
    main()
