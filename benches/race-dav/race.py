#!/usr/bin/env python3
"""Races tegu-dav against calcard and Python's icalendar on files, and against vdirsyncer and bare PUTs on Radicale and Xandikos.

    (cd benches/race-dav && cargo build --release)
    cargo build --release -p tegu-cli
    benches/race-dav/race.py [--events 36000] [--cards 10000] [--upload 300] [--servers radicale,xandikos] [--lanes whole,single,bare-whole,bare,vdirsyncer] [--runs 3]

Needs python3-icalendar, radicale and xandikos of Debian (run with /usr/bin/python3), and vdirsyncer for its part, which is left out
and said so where it is missing. Times are the fastest of the runs; `cpu` is the processor time of the process itself,
which other work on the machine moves less than the time on the clock.
"""
import argparse, base64, concurrent.futures, http.client, os, random, shutil, socket, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = "совещание отчёт план бюджет проект встреча обсуждение договор клиент отдел quarterly review budget meeting".split()
ZONE = ("BEGIN:VTIMEZONE\r\nTZID:Russian Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0300\r\n"
        "TZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")


def fold(text):
    rest, out, room = text.encode(), b"", 75
    while len(rest) > room:
        cut = room
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        out, rest, room = out + rest[:cut] + b"\r\n ", rest[cut:], 74
    return out + rest + b"\r\n"


def some(count):
    return " ".join(random.choice(WORDS) for _ in range(count))


def event(i):
    day = f"{2015 + i % 12}{1 + i % 12:02}{1 + i % 28:02}"
    lines = ["BEGIN:VEVENT", f"UID:040000008200E00074C5B7101A82E008{i:032X}", "DTSTAMP:20260101T000000Z",
             f"DTSTART;TZID=Russian Standard Time:{day}T{8 + i % 10:02}0000",
             f"DTEND;TZID=Russian Standard Time:{day}T{9 + i % 10:02}0000", "SUMMARY:" + some(5),
             f"LOCATION:Переговорная {i % 20}", "DESCRIPTION:" + some(60) + "\\n", "CLASS:PUBLIC", "PRIORITY:5", "SEQUENCE:0",
             "TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "X-MICROSOFT-CDO-IMPORTANCE:1"]
    if i % 5 == 0:
        lines.append("RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO")
    if i % 4 == 0:
        lines.append("ORGANIZER;CN=Анна:mailto:anna@example.org")
        lines += [f"ATTENDEE;CN=user{j};PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:user{j}@example.org" for j in range(4)]
    lines += ["BEGIN:VALARM", "TRIGGER:-PT15M", "ACTION:DISPLAY", "DESCRIPTION:Reminder", "END:VALARM", "END:VEVENT"]
    return b"".join(fold(line) for line in lines)


def calendar(path, count):
    with open(path, "wb") as out:
        out.write(("BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\n" + ZONE).encode())
        for i in range(count):
            out.write(event(i))
        out.write(b"END:VCALENDAR\r\n")


def cards(path, count):
    with open(path, "wb") as out:
        for i in range(count):
            for line in ["BEGIN:VCARD", "VERSION:3.0", f"UID:card-{i}", f"N:Иванов{i};Пётр;;;", f"FN:Пётр Иванов{i}", f"ORG:Ромашка;Отдел {i % 30}",
                         "TITLE:Инженер", f"TEL;TYPE=WORK,VOICE:+7 495 {i:07}", f"TEL;TYPE=CELL:+7 916 {i:07}",
                         f"EMAIL;TYPE=INTERNET,PREF:user{i}@example.org", "ADR;TYPE=WORK:;;ул. Ленина\\, 1;Москва;;101000;Россия",
                         "NOTE:" + some(20), "CATEGORIES:A,B", "REV:20260101T000000Z", "END:VCARD"]:
                out.write(fold(line))


def old_cards(path, count):
    """Version 2.1, as Outlook writes it: Russian text in quoted-printable, with soft breaks."""
    def quoted(head, text):
        out, line = "", head + ";CHARSET=utf-8;ENCODING=QUOTED-PRINTABLE:"
        for byte in text.encode():
            if len(line) > 72:
                out, line = out + line + "=\r\n", ""
            line += chr(byte) if byte == 0x3B else f"={byte:02X}"
        return out + line

    with open(path, "w", newline="") as out:
        for i in range(count):
            for line in ["BEGIN:VCARD", "VERSION:2.1", quoted("N;LANGUAGE=ru", f"Иванов{i};Пётр"), quoted("FN", f"Пётр Иванов{i}"), "ORG:Romashka;Sales",
                         "TITLE:Engineer", quoted("NOTE", some(12)), f"TEL;WORK;VOICE:+7 495 {i:07}", f"TEL;CELL;VOICE:+7 916 {i:07}",
                         "ADR;WORK;PREF:;;Lenina 1;Moscow;;101000;Russia", f"EMAIL;PREF;INTERNET:user{i}@example.org",
                         "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2", "REV:20260101T000000Z", "END:VCARD"]:
                out.write(line + "\r\n")


def run(argv, env=None, cwd=None):
    """Seconds on the clock, seconds of the processor, peak memory in MB."""
    begin = time.monotonic()
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})}, cwd=cwd)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{argv} failed with status {status}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(name, results, size, unit):
    clock, cpu, memory = (min(r[0] for r in results), min(r[1] for r in results), max(r[2] for r in results))
    print(f"{name:44} {clock:8.2f} s {size / clock:8.1f} {unit}   cpu {cpu:7.2f} s {size / max(cpu, .01):8.1f} {unit}   peak {memory:6.1f} MB", flush=True)


ICALENDAR = "import icalendar,sys;print(len(icalendar.Calendar.from_ical(open(sys.argv[1],'rb').read()).subcomponents))"


def files(options, scratch):
    tool = options.tool
    big, small, people, older = (os.path.join(scratch, name) for name in ("big.ics", "small.ics", "people.vcf", "older.vcf"))
    calendar(big, options.events)
    calendar(small, options.events // 10)
    cards(people, options.cards)
    old_cards(older, options.cards)
    size = os.path.getsize(big) / 1e6
    print(f"calendar of {size:.1f} MB, {options.events} events; {options.cards} cards, {os.path.getsize(people) / 1e6:.1f} MB")
    # In turns, so that other work on the machine falls on all of them.
    jobs = ["lines", "split", "calcard"]
    results = {job: [] for job in jobs + ["cards", "calcard-cards", "cards of 2.1", "calcard-cards of 2.1"]}
    for _ in range(options.runs):
        for job in jobs:
            results[job].append(run([tool, job, big]))
        for job in ("cards", "calcard-cards"):
            results[job].append(run([tool, job, people]))
            results[job + " of 2.1"].append(run([tool, job, older]))
    show("tegu-dav, lines checked, from a stream", results["lines"], size, "MB/s")
    show("tegu-dav, all understood, from a stream", results["split"], size, "MB/s")
    show("calcard, parse only", results["calcard"], size, "MB/s")
    show("Python icalendar, a tenth of the file", [run(["/usr/bin/python3", "-c", ICALENDAR, small])], os.path.getsize(small) / 1e6, "MB/s")
    size = os.path.getsize(people) / 1e6
    show("tegu-dav, cards", results["cards"], size, "MB/s")
    show("calcard, cards, parse only", results["calcard-cards"], size, "MB/s")
    size = os.path.getsize(older) / 1e6
    show("tegu-dav, cards of version 2.1", results["cards of 2.1"], size, "MB/s")
    show("calcard, the same, parse only", results["calcard-cards of 2.1"], size, "MB/s")


class Server:
    """A server of Debian's on a port of its own, with one empty calendar `race`."""

    def __init__(self, scratch, name):
        self.dir = os.path.join(scratch, name)
        os.makedirs(self.dir)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.child = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.dir})
        for _ in range(200):
            try:
                self.ask("OPTIONS", self.home)
                return
            except OSError:
                time.sleep(.05)
        sys.exit(f"{self.name} does not start")

    def ask(self, method, path, body=None, headers=None, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        login = base64.b64encode(b"anyone:x").decode()
        connection.request(method, path, body, {"Authorization": "Basic " + login, **(headers or {})})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def stop(self):
        self.child.terminate()
        _, status, usage = os.wait4(self.child.pid, 0)
        self.child.returncode = status
        print(f"  {self.name} itself: cpu {usage.ru_utime + usage.ru_stime:7.2f} s", flush=True)


class Radicale(Server):
    name, home, whole = "Radicale", "/anyone/", True

    def command(self):
        config = os.path.join(self.dir, "config")
        with open(config, "w") as out:
            out.write(f"[server]\nhosts = 127.0.0.1:{self.port}\nmax_connections = 64\nmax_content_length = 200000000\n[auth]\ntype = none\n"
                      f"[rights]\ntype = owner_only\n[storage]\nfilesystem_folder = {self.dir}/data\n[logging]\nlevel = error\n")
        return ["/usr/bin/radicale", "--config", config]


class Xandikos(Server):
    name, home, whole = "Xandikos", "/user/calendars/", False

    def command(self):
        os.mkdir(os.path.join(self.dir, "store"))
        return ["/usr/bin/xandikos", "-d", os.path.join(self.dir, "store"), "--defaults", "-l", "127.0.0.1", "-p", str(self.port)]


def uploads(options, kind, scratch):
    source = os.path.join(scratch, "upload.ics")
    calendar(source, options.upload)
    print(f"\n{options.upload} events into an empty calendar of {kind.name}")
    converted = os.path.join(scratch, "resources-" + kind.name)
    subprocess.run([options.tegu, "dav", "convert", source, "--to", converted], check=True, stdout=subprocess.DEVNULL)
    bodies = [(name, open(os.path.join(converted, name), "rb").read()) for name in sorted(os.listdir(converted)) if name.endswith(".ics")]
    # In turns, so that other work on the machine falls on all of them.
    for number in range(options.runs):
        place = os.path.join(scratch, f"{kind.name}-{number}")
        for lane, name, more in (("whole", "tegu-dav, import and proof", []), ("single", "tegu-dav, import one by one, and proof", ["--one-by-one"])):
            if lane not in options.lanes or lane == "whole" and not kind.whole:
                continue
            server = kind(place, "tegu" + str(len(more)))
            argv = [options.tegu, "dav", "import", "--calendar", source, "--to", f"http://anyone@127.0.0.1:{server.port}/", "--collection", "race", *more]
            show(name, [run(argv, {"TEGU_DAV_PASSWORD": "x"})], len(bodies), "events/s")
            show("  the same again, without a ledger", [run(argv, {"TEGU_DAV_PASSWORD": "x"})], len(bodies), "events/s")
            server.stop()
        if "bare-whole" in options.lanes and kind.whole:
            bare_whole(kind, place, source, len(bodies))
        if "bare" in options.lanes:
            bare(kind, place, bodies)
        if "vdirsyncer" in options.lanes:
            vdirsyncer(kind, place, bodies)


def bare_whole(kind, scratch, source, count):
    server = kind(scratch, "bare-whole")
    body = open(source, "rb").read().replace(b"METHOD:PUBLISH\r\n", b"")
    begin, cpu = time.monotonic(), time.process_time()
    assert server.ask("PUT", server.home + "race/", body, {"Content-Type": "text/calendar"}) == 201
    show("bare PUT of the whole calendar, no proof", [(time.monotonic() - begin, time.process_time() - cpu, 0)], count, "events/s")
    server.stop()


def bare(kind, scratch, bodies):
    server = kind(scratch, "bare")
    server.ask("MKCALENDAR", server.home + "race/")
    local = threading.local()

    def put(item):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        return server.ask("PUT", server.home + "race/" + item[0], item[1], {"If-None-Match": "*", "Content-Type": "text/calendar"}, local.connection)

    begin, cpu = time.monotonic(), time.process_time()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(status == 201 for status in pool.map(put, bodies))
    show("bare PUTs, four at once, no proof", [(time.monotonic() - begin, time.process_time() - cpu, 0)], len(bodies), "events/s")
    server.stop()


def vdirsyncer(kind, scratch, bodies):
    if shutil.which("vdirsyncer") is None:
        print("vdirsyncer is not installed: left out")
        return
    server = kind(scratch, "vdir")
    server.ask("MKCALENDAR", server.home + "race/")
    local = os.path.join(scratch, "local", "race")
    os.makedirs(local)
    for name, body in bodies:
        open(os.path.join(local, name), "wb").write(body)
    config = os.path.join(scratch, "vdirsyncer.conf")
    with open(config, "w") as out:
        out.write(f'[general]\nstatus_path = "{scratch}/status"\n[pair p]\na = "here"\nb = "there"\ncollections = ["race"]\n[storage here]\ntype = "filesystem"\n'
                  f'path = "{scratch}/local"\nfileext = ".ics"\n[storage there]\ntype = "caldav"\nurl = "http://127.0.0.1:{server.port}/"\nusername = "anyone"\npassword = "x"\n')
    env = {"VDIRSYNCER_CONFIG": config}
    run(["sh", "-c", "yes | vdirsyncer discover p"], env)
    show("vdirsyncer", [run(["vdirsyncer", "sync"], env)], len(bodies), "events/s")
    server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=36_000)
    parser.add_argument("--cards", type=int, default=10_000)
    parser.add_argument("--upload", type=int, default=300)
    parser.add_argument("--lanes", type=lambda text: text.split(","), default=["whole", "single", "bare-whole", "bare", "vdirsyncer"], help="of the uploads")
    parser.add_argument("--servers", type=lambda text: text.split(","), default=["radicale"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tool", default=os.path.join(HERE, "target/release/race-dav"))
    parser.add_argument("--tegu", default=os.path.join(HERE, "../../target/release/tegu"))
    options = parser.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as scratch:
        if options.events:
            files(options, scratch)
        for kind in (Radicale, Xandikos):
            if kind.name.lower() in options.servers:
                uploads(options, kind, scratch)


main()
