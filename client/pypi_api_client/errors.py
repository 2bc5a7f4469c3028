"""
Everything that a client raises.

Each message is a sentence for a person; none carries a token.

::

    ClientError
    ├── InvalidAddress            the URL of the index cannot be used
    │   └── ForbiddenAddress      it leads to this machine or its network
    ├── UnknownIndex              no index of this name is known
    ├── InvalidCertificates       the CA bundle cannot be read
    ├── InvalidDistribution       a local file is neither a wheel nor an sdist
    ├── InvalidAttestation        a local file is not an attestation
    ├── ConnectionFailed          the index cannot be reached
    │   └── UntrustedCertificate
    ├── Refused                   the index said no: status, sentence, code
    │   ├── CredentialsRefused    present a (better) token
    │   ├── AccessRefused         the token is good, the permission is not there
    │   ├── NotFound              there is no such project, version or file
    │   ├── InvalidRequest        something in it is wrong: see its problems
    │   ├── TooLarge              a limit on size was passed
    │   ├── Conflict              something that exists stands in the way
    │   │   └── FileAlreadyExists the name is taken by other bytes
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

from msgspec.structs import replace

from pypi_api_client.problems import NO_PROBLEM, ProblemDocument


class ClientError(Exception):
    """The base of all errors of the client."""


class InvalidAddress(ClientError):
    """The URL of an index or of a file cannot be used, or using it would not be safe."""


class ForbiddenAddress(InvalidAddress):
    """An index leads to an address of this machine or of its network, and is not there itself."""


class UnknownIndex(ClientError):
    """No index of this name is known, or its address cannot be found out."""


class InvalidCertificates(ClientError):
    """The file of certificates to trust is missing, or has none."""


class InvalidDistribution(ClientError):
    """A local file is missing, unreadable, or neither a wheel nor an sdist."""


class InvalidAttestation(ClientError):
    """A local file is missing, unreadable, or no attestation (PEP 740)."""


class ConnectionFailed(ClientError):
    """
    The index cannot be reached, or hung up.

    Attributes:
        was_sent: Whether the request may have been carried out nevertheless.
    """

    def __init__(self, sentence: str, *, was_sent: bool = True) -> None:
        self.was_sent = was_sent
        super().__init__(sentence)


class UntrustedCertificate(ConnectionFailed):
    """The index's TLS certificate is not signed by anybody trusted."""


class Refused(ClientError):
    """
    The index refused.

    Attributes:
        status: The HTTP status, 200 where a JSON-RPC error refused.
        sentence: What the index said.
        problem: All that it said, with every problem found.
        retry_after: Seconds to wait before trying again, where the index said how many.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int,
        code: str = "",
        problem: ProblemDocument = NO_PROBLEM,
        retry_after: float | None = None,
    ) -> None:
        self.sentence, self.status, self.retry_after = sentence, status, retry_after
        self.problem = replace(problem, code=code) if code else problem
        super().__init__(sentence)

    @property
    def code(self) -> str:
        """The stable code of the refusal, empty where the index sent none."""
        return self.problem.code


class CredentialsRefused(Refused):
    """A token is needed, or the one given is not good."""


class AccessRefused(Refused):
    """The one whose token it is may not do this."""


class NotFound(Refused):
    """There is no such project, version or file."""


class InvalidRequest(Refused):
    """Something in the request is wrong; ``problem.problems`` names every thing found."""


class TooLarge(Refused):
    """A limit on size was passed."""


class Conflict(Refused):
    """Something that exists, or happens just now, stands in the way."""


class FileAlreadyExists(Conflict):
    """The index has a file of this name with other bytes, or these bytes under another name."""


class Busy(Refused):
    """The same request may succeed later."""


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
