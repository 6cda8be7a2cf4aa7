"""How kernels are compiled: ahead of a call from Python, or into the kernel that uses them.

Half of what numba does for a function is to wrap it for Python and to store it. Functions that only
kernels call need neither, and a first call takes a third less time without.
"""

from typing import Any

import numba

__all__ = ["kernel", "kernel_part"]

_njit: Any = numba.njit  # its types do not know all of its options

kernel: Any = _njit(cache=True, nogil=True, no_cfunc_wrapper=True)
"""Compile a function that Python calls; the machine code is kept for later runs."""

kernel_part: Any = _njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compile a function that kernels call."""
