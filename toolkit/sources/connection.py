"""What a fault of the connection means: a plain phrase, and whether trying again can help."""

import requests
import urllib3

__all__ = ["never_connected", "plain_cause"]


def plain_cause(error: Exception) -> str:
    """One plain phrase for a fault of requests or urllib3.

    Examples
    --------
    >>> plain_cause(requests.ReadTimeout("read timed out"))
    'no answer in time'
    """
    text = str(error).lower()
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return "no answer in time"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached"
    broken = f"the connection failed ({type(error).__name__})"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        broken = "the connection broke off"
    return next((cause for word, cause in _CAUSES.items() if word in text), broken)


def never_connected(error: Exception) -> bool:
    """Whether no connection came about: the name, the network, the port or the proxy is not there.

    Such a fault rarely passes within minutes, unlike a server that is busy or stalls.

    Examples
    --------
    >>> never_connected(requests.ConnectTimeout()), never_connected(requests.ReadTimeout())
    (True, False)
    """
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


_CAUSES = {
    "resolve": "the server's name cannot be resolved (no internet?)",
    "name or service not known": "the server's name cannot be resolved (no internet?)",
    "unreachable": "the network cannot be reached (no internet?)",
    "refused": "the server refuses connections",
    "aborted": "the connection broke off",
    "reset": "the connection broke off",
}
