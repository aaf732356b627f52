"""Reads cards and calendars with vobject: prints a JSON object for each file name on standard input."""
import json
import sys

import vobject

for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        with open(path, encoding="utf-8", newline="") as file:
            found = list(vobject.readComponents(file.read()))
        names = [str(c.fn.value) for c in found if c.name == "VCARD"]
        print(json.dumps({"file": path, "count": len(found), "names": names}))
    except Exception as error:
        print(json.dumps({"file": path, "error": f"{type(error).__name__}: {error}"}))
