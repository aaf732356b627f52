#!/usr/bin/env python3
"""The race: what `tegu pst scan` does beside outlook-pst, what `tegu pst export` does beside readpst, in turn on one file.

Build first, from the root of the repository:
  cargo build --release -p tegu-mbox --features pst-census --bin tegu-pst-census
  cargo build --release --manifest-path benches/race-pst/Cargo.toml
then: benches/race-pst/race.py TARGET_DIRECTORY SCRATCH_DIRECTORY MEGABYTES [ROUNDS]
"""
import os, shutil, statistics, subprocess, sys, threading, time

target, scratch, megabytes = sys.argv[1:4]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
release = os.path.join(target, "release")
pst = os.path.join(scratch, "race.pst")
out = os.path.join(scratch, "out")
race = os.path.join(release, "race-pst")
subprocess.run([race, "make", pst, megabytes], check=True)
print(f"{os.path.getsize(pst) / 1e6:.0f} MB, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
lanes = {
    "scan": [race, "scan", pst],
    "outlook-pst, opening each message": [race, "outlook", pst],
    "outlook-pst, counting rows (tegu-pst-census)": [os.path.join(release, "tegu-pst-census"), pst],
    "export": [race, "export", pst, out],
    "readpst -r -D -j 0": ["readpst", "-r", "-D", "-j", "0", "-o", out, pst],
}
# A peer that was not built does not run.
lanes = {name: command for name, command in lanes.items() if shutil.which(command[0])}
taken = {name: [] for name in lanes}


def peak(child, found):
    """The peak of a process's own memory: `ru_maxrss` would count this interpreter, from which it was forked."""
    try:
        while child.returncode is None:
            with open(f"/proc/{child.pid}/status") as status:
                lines = [line for line in status if line.startswith("VmHWM:")]
            if not lines:
                return
            found.append(int(lines[0].split()[1]) / 1024)
            time.sleep(0.005)
    except OSError:
        return


for _ in range(rounds):
    for name, command in lanes.items():
        shutil.rmtree(out, ignore_errors=True)
        os.mkdir(out)
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = [0]
        watch = threading.Thread(target=peak, args=(child, found))
        watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        watch.join()
        taken[name].append((wall, usage.ru_utime + usage.ru_stime, max(found), os.waitstatus_to_exitcode(status)))
for name, runs in taken.items():
    wall, cpu, memory, _ = (statistics.median(column) for column in zip(*runs))
    print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {memory:.0f} MiB | {runs[0][3]} |")
shutil.rmtree(out, ignore_errors=True)
os.remove(pst)
