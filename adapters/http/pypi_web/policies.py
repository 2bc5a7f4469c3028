"""The headers of pages: what a browser may load, run and keep."""

from __future__ import annotations

from collections.abc import Mapping

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' {images}data:; script-src {scripts}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page_headers(base_url: str = "", *, remote_images: bool = False) -> Mapping[str, str]:
    """
    Return the headers of a page.

    What authors wrote is sanitised; the policy holds should something ever slip through.  Nothing inline
    runs, and of all that this host serves, documentation included, one script at *base_url* may run; none
    without it.
    """
    return {
        "Content-Security-Policy": _POLICY.format(
            images="https: " if remote_images else "",
            scripts=f"{base_url}/static/script.js" if base_url else "'none'",
        ),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Vary": "Accept-Language",
    }
