#!/usr/bin/python3
"""Reads one mailbox with exchangelib: URL ADDRESS CHUNK THREADS. Prints what it read and what that took."""
import concurrent.futures, resource, sys, time, warnings

from exchangelib import BASIC, IMPERSONATION, UTC, Account, Configuration, Credentials

warnings.simplefilter("ignore")
url, address, chunk, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
begin = time.monotonic()
configuration = Configuration(
    service_endpoint=url, credentials=Credentials("CORP\\mover", "secret"), auth_type=BASIC, max_connections=threads
)
account = Account(address, config=configuration, autodiscover=False, access_type=IMPERSONATION, default_timezone=UTC)
# The facts that a migration needs, and no more: asking for everything takes longer.
FIELDS = {
    "inbox": ("mime_content", "is_read", "is_draft", "categories", "datetime_received", "message_id"),
    "calendar": None,
    "contacts": None,
}


def fetch(name, ids):
    folder = getattr(account, name)
    return list(account.fetch(ids, folder=folder, only_fields=FIELDS[name], chunk_size=chunk))


counts = {}
with concurrent.futures.ThreadPoolExecutor(threads) as pool:
    for name in FIELDS:
        ids = list(getattr(account, name).all().only("id", "changekey").values_list("id", "changekey"))
        parts = [ids[at : at + chunk] for at in range(0, len(ids), chunk)]
        items = []
        for part in pool.map(lambda part: fetch(name, part), parts):
            items += part if name != "inbox" else [len(item.mime_content) for item in part]
        counts[name] = len(items)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    f"{counts}: {time.monotonic() - begin:.2f} s, processor {usage.ru_utime + usage.ru_stime:.2f} s, "
    f"peak {usage.ru_maxrss} kB"
)
