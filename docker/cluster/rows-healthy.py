#!/usr/bin/python3
"""Whether Patroni of this machine finds its server well, asked by the certificate of the servers."""

import ssl
from urllib.request import urlopen

OWN = "/run/cluster/rows"
context = ssl.create_default_context(cafile=f"{OWN}/authority.pem")
context.load_cert_chain(f"{OWN}/chain.pem", f"{OWN}/key.pem")
urlopen("https://127.0.0.1:8008/health", context=context, timeout=3)
