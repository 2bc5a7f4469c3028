"""A private authority and what it signed."""

from __future__ import annotations

from pathlib import Path

import trustme


class Certificates:
    """Files with a private authority's certificate, the server's chain and its key."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1")
        self.authority = folder / "authority.pem"
        self.chain = folder / "chain.pem"
        self.key = folder / "key.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        server.private_key_pem.write_to_path(str(self.key))
        for each in server.cert_chain_pems:
            each.write_to_path(str(self.chain), append=True)
