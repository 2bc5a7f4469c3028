"""
Everything that a client raises.

Each message is a sentence for a person; none carries a token.

::

    ClientError
    ├── InvalidAddress            the URL of the index cannot be used
    ├── InvalidDistribution       a local file is no wheel and no sdist
    ├── ConnectionFailed          the index cannot be reached
    │   └── UntrustedCertificate
    ├── Refused                   the index said no: status, sentence, code
    │   ├── CredentialsRefused    present a (better) token
    │   ├── AccessRefused         the token is good, the permission is not there
    │   ├── NotFound              there is no such project, version or file
    │   ├── FileAlreadyExists     the name is taken by other bytes
    │   └── Busy                  wait, then try again
    │       ├── TooManyRequests   a rate limit
    │       └── IndexUnavailable  the index has a problem of its own
    ├── NotSpoken                 the index does not speak the protocol that is needed
    ├── BadAnswer                 the index's answer makes no sense
    ├── RedirectRefused           an upload was sent elsewhere
    └── BadDownload               what arrived is not what the index listed
        └── UnsafeFilename
"""

from __future__ import annotations


class ClientError(Exception):
    """The base of all errors of the client."""


class InvalidAddress(ClientError):
    """The URL of an index or of a file cannot be used, or using it would not be safe."""


class InvalidDistribution(ClientError):
    """A local file is missing, unreadable, or neither a wheel nor an sdist."""


class ConnectionFailed(ClientError):
    """The index cannot be reached, or hung up."""


class UntrustedCertificate(ConnectionFailed):
    """The index's TLS certificate is not signed by anybody trusted."""


class Refused(ClientError):
    """
    The index refused.

    Attributes:
        status: The HTTP status, 200 where a JSON-RPC error refused.
        sentence: What the index said.
        code: The stable code of the refusal, empty where the index sent none.
    """

    def __init__(self, sentence: str, *, status: int, code: str = "") -> None:
        self.sentence, self.status, self.code = sentence, status, code
        super().__init__(sentence)


class CredentialsRefused(Refused):
    """A token is needed, or the one given is not good."""


class AccessRefused(Refused):
    """The one whose token it is may not do this."""


class NotFound(Refused):
    """There is no such project, version or file."""


class FileAlreadyExists(Refused):
    """The index has a file of this name with other bytes, or these bytes under another name."""


class Busy(Refused):
    """
    The same request may succeed later.

    Attributes:
        retry_after: Seconds to wait, where the index said how many.
    """

    def __init__(
        self, sentence: str, *, status: int, code: str = "", retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(sentence, status=status, code=code)


class TooManyRequests(Busy):
    """A rate limit was passed."""


class IndexUnavailable(Busy):
    """The index failed, or is not available just now."""


class NotSpoken(ClientError):
    """The index does not speak the protocol that this needs."""


class BadAnswer(ClientError):
    """The index's answer cannot be understood."""


class RedirectRefused(ClientError):
    """The index redirects to where a request with a token or a body must not go."""


class BadDownload(ClientError):
    """What arrived has another size or digest than the index lists."""


class UnsafeFilename(BadDownload):
    """The index names a file in a way that would leave the folder it is to be stored in."""
