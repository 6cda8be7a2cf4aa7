"""How kernels are compiled: ahead of a call from Python, or into the kernel that uses them.

Half of what numba does for a function is to wrap it for Python and to store it. Functions that only
kernels call need neither, and a first call takes a third less time without.

What `array[place]` means numba asks of lists, texts and dictionaries before it asks of arrays, up
to fourteen times at each of two thousand places. Here arrays come first: a seventh less again.
"""

import operator
from typing import Any

import numba
from numba.core.typing.arraydecl import GetItemBuffer, SetItemBuffer
from numba.core.typing.templates import infer_global

__all__ = ["kernel", "kernel_part"]

_njit: Any = numba.njit  # its types do not know all of its options

kernel: Any = _njit(cache=True, nogil=True, no_cfunc_wrapper=True)
"""Compile a function that Python calls; the machine code is kept for later runs."""

kernel_part: Any = _njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compile a function that kernels call."""

_first: Any = infer_global  # it carries no types
_FOR_PROCESSORS: dict[Any, Any] = {
    "target": "cpu"
}  # numba asks what is special before what is general


@_first(operator.getitem)
class _ReadArraysFirst(GetItemBuffer):
    metadata = _FOR_PROCESSORS


@_first(operator.setitem)
class _WriteArraysFirst(SetItemBuffer):
    metadata = _FOR_PROCESSORS
