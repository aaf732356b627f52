"""Sends standard input to a URL with NTLM: arguments URL, user, password. Prints the answer and, on a line of its own, its status."""

import sys

# Brings the digests that NTLM needs, which OpenSSL counts as legacy.
from cryptography.hazmat.backends.openssl import backend  # noqa: F401
import requests
import requests_ntlm

url, user, password = sys.argv[1:]
session = requests.Session()
session.auth = requests_ntlm.HttpNtlmAuth(user, password)
answer = session.post(url, data=sys.stdin.read(), headers={"Content-Type": "text/xml"})
print(answer.text)
print(answer.status_code, end="")
