#!/usr/bin/env python3
"""The race: tegu-ews beside exchangelib, both reading the stand-in.

Build first, from the root of the repository:
  cargo build --release --manifest-path benches/race-ews/Cargo.toml
then, with Debian's python3-exchangelib: benches/race-ews/race.py TARGET_DIRECTORY SCRATCH_DIRECTORY [ROUNDS]

Larger chunks and other numbers of threads were tried: exchangelib takes its time in Python, and they change nothing.
"""
import os, pathlib, subprocess, sys

target, scratch = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
program = os.path.join(target, "release", "race-ews")
peer = str(pathlib.Path(__file__).with_name("exchangelib_lane.py"))
counts = ["5000", "2000", "2000"]


class Server:
    def __init__(self, counts, mailboxes, latency):
        command = [program, "serve", *counts, str(mailboxes), str(latency)]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.child.stdout.readline().strip()

    def requests(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return int(self.child.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait()


def run(name, command, server):
    before = server.requests()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    print(f"{name}: {output}, {server.requests() - before} requests", flush=True)


print(f"load {os.getloadavg()[0]:.1f}")
for latency in (0, 20):
    with Server(counts, 1, latency) as server:
        for _ in range(rounds):
            run(f"tegu-ews, {latency} ms", [program, "read", server.url, "user0@corp.example"], server)
            for chunk, threads in ((100, 1), (100, 8)):
                command = ["/usr/bin/python3", peer, server.url, "user0@corp.example", str(chunk), str(threads)]
                run(f"exchangelib, {latency} ms, chunks of {chunk}, {threads} threads", command, server)

recorded = os.path.join(scratch, "answers.xml")
print(subprocess.run([program, "record", recorded, *counts], check=True, capture_output=True, text=True).stdout.strip())
for _ in range(rounds):
    for name, lane in (("bare quick-xml", "bare"), ("our reader", "answers")):
        print(f"{name}:", subprocess.run([program, lane, recorded], check=True, capture_output=True, text=True).stdout.strip())
os.remove(recorded)

for latency in (0, 20):
    with Server(["20", "10", "10"], 50, latency) as server:
        child = subprocess.Popen([program, "quiet", server.url, "50"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        folders = child.stdout.readline().strip()
        before = server.requests()
        child.stdin.write("\n")
        child.stdin.flush()
        print(f"nothing new in {folders}, {latency} ms: {child.stdout.readline().strip()}, {server.requests() - before} requests")
        child.wait()
