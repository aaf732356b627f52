#!/usr/bin/env python3
"""Races tegu-ldap against ldapsearch and python-ldap on one slapd, side by side, and measures files beside it.

    cargo build --release -p tegu-benches --bin ldap && benches/race-ldap/race.py [--entries 20000] [--runs 5] [--file 400000]

Needs slapd, ldap-utils and python3-ldap of Debian (run with /usr/bin/python3). Times are the fastest of the runs; `cpu` is
the client's own processor time, which other work on the machine moves less than the time on the clock.
"""
import argparse, os, subprocess, sys, tempfile, time

PYTHON_LDAP = r"""
import os, sys, ldap
from ldap.controls import SimplePagedResultsControl
url, bind, base, names = sys.argv[1:5]
c = ldap.initialize(url)
c.simple_bind_s(bind, os.environ['TEGU_LDAP_PASSWORD'])
page = SimplePagedResultsControl(True, size=1000, cookie='')
count = 0
while True:
    got = c.search_ext(base, ldap.SCOPE_SUBTREE, '(|(objectClass=person)(objectClass=group))', names.split(','), serverctrls=[page])
    _, data, _, controls = c.result3(got)
    count += len(data)
    page.cookie = controls[0].cookie
    if not page.cookie:
        break
print(count)
"""


def run(argv, out=subprocess.DEVNULL, env=None):
    """Seconds on the clock, seconds of the processor, peak memory in MB."""
    begin = time.monotonic()
    child = subprocess.Popen(argv, stdout=out, env={**os.environ, **(env or {})})
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    seconds = time.monotonic() - begin
    if status:
        sys.exit(f"{argv[0]} failed with status {status}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(name, results, entries, megabytes=None):
    seconds = min(r[0] for r in results)
    cpu = min(r[1] for r in results)
    memory = max(r[2] for r in results)
    rate = f"{entries / seconds:9.0f}/s" if megabytes is None else f"{megabytes / seconds:6.0f} MB/s"
    own = f"{entries / cpu:9.0f}/s" if megabytes is None else f"{megabytes / cpu:6.0f} MB/s"
    print(f"{name:36} {seconds:7.2f} s {rate}   cpu {cpu:6.2f} s {own}   peak {memory:6.1f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--file", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tool", default="target/release/ldap")
    parser.add_argument("--before", help="a program `tegu` of another version, to read with as well")
    options = parser.parse_args()
    tool = options.tool
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as scratch:
        server = subprocess.Popen([tool, "serve", str(options.entries)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url, bind, base, password, names = server.stdout.readline().rstrip("\n").split("\t")
        secret = {"TEGU_LDAP_PASSWORD": password}
        dump = os.path.join(scratch, "dump.ldif")
        search = ["ldapsearch", "-x", "-LLL", "-H", url, "-D", bind, "-w", password, "-b", base, "-E", "pr=1000/noprompt",
                  "(|(objectClass=person)(objectClass=group))", *names.split(",")]
        racers = {
            "tegu-ldap, to accounts": lambda: run([tool, "read", url, bind, base], env=secret),
            "ldapsearch -E pr, to a file": lambda: run(search, out=open(dump, "wb")),
            "python-ldap, to dictionaries": lambda: run(["/usr/bin/python3", "-c", PYTHON_LDAP, url, bind, base, names], env=secret),
        }
        if options.before:
            racers["before, to files of JSON and LDIF"] = lambda: run(
                [options.before, "ldap", "plan", "--url", url, "--bind-dn", bind, "--base", base, "--profile", "openldap",
                 "--domains", "example.test,corp.example.test", "--out", scratch, "--json"], env=secret)
        results = {name: [] for name in racers}
        for _ in range(options.runs):
            for name, race in racers.items():
                results[name].append(race())
        server.stdin.close()
        server.wait()
        print(f"{options.entries} accounts and their groups from slapd, all attributes that the model knows, pages of 1,000")
        entries = options.entries + -(-options.entries // 200)
        for name, all_runs in results.items():
            show(name, all_runs, entries)
        if not options.file:
            return
        for kind, what in {"full": "all that ldifde exports", "lean": "only what the model keeps"}.items():
            ldif = os.path.join(scratch, "file.ldif")
            subprocess.run([tool, "make", kind, "OU=x,DC=corp,DC=example,DC=test", str(options.file), ldif], check=True)
            megabytes = os.path.getsize(ldif) / 1e6
            print(f"an LDIF file of {options.file} accounts, {what}: {megabytes:.0f} MB")
            for name, words in {
                "parsed as a stream": ["parse"],
                "parsed, modelled, checked, planned": ["plan"],
            }.items():
                show(name, [run([tool, *words, ldif]) for _ in range(options.runs)], options.file, megabytes)
        subprocess.run([tool, "who", ldif, "5000000"], check=True)


main()
