"""Occurrences of calendar files, by dateutil and icalendar: shares nothing with the crate.

Reads file names from standard input, one a line, and prints a JSON object for each: the instants at which
something takes place between 2005 and 2035, by UID, or what kept the file from being read.
"""
import datetime as dt
import io
import json
import sys
import zoneinfo

import icalendar
from dateutil import rrule, tz

FIRST, LAST, MOST = dt.datetime(2005, 1, 1), dt.datetime(2035, 1, 1), 400


def zones(text):
    try:
        known = tz.tzical(io.StringIO(text.replace("\r\n ", "").replace("\r\n", "\n")))
        return {name: known.get(name) for name in known.keys()}
    except ValueError:
        return {}


def zone_of(name, known):
    """The system's own zone of this name; else the file's, as dateutil reads it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        pass
    if known.get(name) is None:
        raise ValueError("no zone " + name)
    return known[name]


def of(component, name, known):
    """The moments of a property: naive wall-clock time, and the zone, UTC or nothing."""
    values = component.get(name)
    if values is None:
        return []
    out = []
    for value in values if isinstance(values, list) else [values]:
        name_of_zone = value.params.get("TZID")
        inner = value.dts if hasattr(value, "dts") else [value]
        for one in inner:
            moment = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if not isinstance(moment, dt.datetime):
                out.append((dt.datetime(moment.year, moment.month, moment.day), None))
            elif name_of_zone is not None:
                zone = zone_of(str(name_of_zone), known)
                out.append((moment.replace(tzinfo=None), zone))
            elif moment.tzinfo is not None:
                out.append((moment.astimezone(dt.timezone.utc).replace(tzinfo=None), tz.UTC))
            else:
                out.append((moment, None))
    return out


def instant(moment):
    wall, zone = moment
    if zone is None or zone is tz.UTC:
        return wall
    return wall.replace(tzinfo=zone).astimezone(dt.timezone.utc).replace(tzinfo=None)


def occurrences(component, known):
    start = of(component, "DTSTART", known)[0]
    wall, zone = start
    found = {wall} | expanded(component, "RRULE", wall, zone)
    found -= expanded(component, "EXRULE", wall, zone)
    out = {instant((at, zone)) for at in found}
    out |= {instant(moment) for moment in of(component, "RDATE", known)}
    out -= {instant(moment) for moment in of(component, "EXDATE", known)}
    return out


def expanded(component, name, wall, zone):
    found = set()
    rules = component.get(name) or []
    for rule in rules if isinstance(rules, list) else [rules]:
        if not hasattr(rule, "get"):
            rule = icalendar.vRecur.from_ical(str(rule))
        text = rule.to_ical().decode()
        parts = [part for part in text.split(";") if not part.startswith("UNTIL=")]
        until = [part[6:] for part in text.split(";") if part.startswith("UNTIL=")]
        last = None
        if until:
            value = until[0]
            if len(value) == 8:
                last = dt.datetime.strptime(value + "235959", "%Y%m%d%H%M%S")
            elif value.endswith("Z") and zone is not None:
                utc = dt.datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.timezone.utc)
                last = utc.astimezone(zone).replace(tzinfo=None)
            else:
                last = dt.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
        count = 0
        for at in rrule.rrulestr(";".join(parts), dtstart=wall):
            if at > LAST or (last is not None and at > last) or count > 20000:
                break
            found.add(at)
            count += 1
    return found


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    calendar = icalendar.Calendar.from_ical(text)
    known = zones(text)
    by_uid = {}
    for component in calendar.walk():
        if component.name in ("VEVENT", "VTODO", "VJOURNAL") and component.get("DTSTART") is not None:
            by_uid.setdefault(str(component.get("UID")), []).append(component)
    out = {}
    for uid, components in by_uid.items():
        all_of = set()
        for component in components:
            if component.get("RECURRENCE-ID") is None:
                all_of |= occurrences(component, known)
        for component in components:
            if component.get("RECURRENCE-ID") is not None:
                all_of.discard(instant(of(component, "RECURRENCE-ID", known)[0]))
        for component in components:
            if component.get("RECURRENCE-ID") is not None and str(component.get("STATUS", "")) != "CANCELLED":
                all_of.add(instant(of(component, "DTSTART", known)[0]))
        if all(str(c.get("STATUS", "")) == "CANCELLED" for c in components):
            all_of = set()
        seconds = sorted(int((at - dt.datetime(1970, 1, 1)).total_seconds()) for at in all_of if FIRST <= at < LAST)
        out[uid] = seconds[:MOST]
    return out


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        print(json.dumps({"file": path, "starts": read(path)}))
    except Exception as error:  # What it cannot read is for the caller to count.
        print(json.dumps({"file": path, "error": f"{type(error).__name__}: {error}"}))
