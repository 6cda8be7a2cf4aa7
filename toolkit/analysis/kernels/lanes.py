"""SIMD lanes for numba: thirty-two numbers that travel through a kernel as one value.

A sweep serves thirty-two sources at once. Written as inner loops over thirty-two array items, the
compiler has to prove that no two arrays overlap before every one of them; written with these
two types it keeps the accumulators in vector registers. `IntLanes` holds int32 (times),
`FloatLanes` float64 (path counts, dependencies), `MaskLanes` the outcome of a comparison.

The functions work inside numba-compiled code only:

- ``load_i(array, at)``, ``load_f(array, at)``: items ``at .. at+31`` of a flat array;
- ``store_i``, ``store_f``: the reverse;
- ``splat_i(number)``, ``splat_f(number)``: the same number in every lane;
- operators ``+ - * / ^``, comparisons ``< <= ==``, masks ``& |``;
- ``choose(mask, lanes, others)``, ``least``, ``most``, ``as_float``;
- ``reciprocal`` of integers and ``root`` of floats, to about 3e-14, several times faster than
  division;
- ``bits(floats)`` (low and high word), ``shifted(ints, places)`` (to the right), for hashing;
- ``total`` (sum over lanes, always in the same order), ``anywhere`` (is any lane true).
"""
# what numba hands to code generators carries no types, and it fixes their parameters
# ruff: noqa: ANN401, ARG001

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types
from numba import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

__all__ = [
    "LANES",
    "anywhere",
    "as_float",
    "bits",
    "choose",
    "least",
    "load_f",
    "load_i",
    "most",
    "reciprocal",
    "root",
    "shifted",
    "splat_f",
    "splat_i",
    "store_f",
    "store_i",
    "total",
]

LANES = 32

_FUSED = ("contract",)  # a product and a sum may be one instruction, rounded once
_INT = ir.VectorType(ir.IntType(32), LANES)
_FLOAT = ir.VectorType(ir.DoubleType(), LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)


class IntLanes(types.Type):
    """Thirty-two int32."""

    def __init__(self) -> None:
        super().__init__(name="IntLanes")


class FloatLanes(types.Type):
    """Thirty-two float64."""

    def __init__(self) -> None:
        super().__init__(name="FloatLanes")


class MaskLanes(types.Type):
    """Thirty-two truth values."""

    def __init__(self) -> None:
        super().__init__(name="MaskLanes")


int_lanes, float_lanes, mask_lanes = IntLanes(), FloatLanes(), MaskLanes()


def _register(kind: type[types.Type], vector: ir.VectorType) -> None:
    """Tell numba that values of a lane type are LLVM vectors."""

    class VectorModel(models.PrimitiveModel):
        def __init__(self, dmm: Any, fe_type: types.Type) -> None:
            super().__init__(dmm, fe_type, vector)  # type: ignore[no-untyped-call]  # numba's own

    register_model(kind)(VectorModel)


_register(IntLanes, _INT)
_register(FloatLanes, _FLOAT)
_register(MaskLanes, _MASK)


def _pointer(context: Any, builder: Any, array: Any, signature: Any, place: Any) -> Any:
    """Address of lanes in a flat array, typed as a pointer to a vector."""
    view = context.make_array(signature)(context, builder, array)
    address = builder.gep(view.data, [place])
    vector = _INT if signature.dtype == types.int32 else _FLOAT
    return builder.bitcast(address, vector.as_pointer())


def _loader(dtype: types.Type, lanes: types.Type, align: int) -> Callable[..., Any]:
    def load(typing: Any, array: Any, at: Any) -> Any:
        if not (isinstance(array, types.Array) and array.dtype == dtype and array.layout == "C"):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = context.cast(builder, args[1], signature.args[1], types.intp)
            pointer = _pointer(context, builder, args[0], signature.args[0], place)
            loaded = builder.load(pointer)
            loaded.align = align
            return loaded

        return lanes(array, at), generate

    return load


def _storer(dtype: types.Type, lanes: types.Type, align: int) -> Callable[..., Any]:
    def store(typing: Any, array: Any, at: Any, value: Any) -> Any:
        if not (isinstance(array, types.Array) and array.dtype == dtype and value == lanes):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = context.cast(builder, args[1], signature.args[1], types.intp)
            pointer = _pointer(context, builder, args[0], signature.args[0], place)
            builder.store(args[2], pointer).align = align
            return context.get_dummy_value()

        return types.void(array, at, value), generate

    return store


def _splatter(number: types.Type, lanes: types.Type, vector: ir.VectorType) -> Callable[..., Any]:
    def splat(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            scalar = context.cast(builder, args[0], signature.args[0], number)
            first = builder.insert_element(
                ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0)
            )
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)

        return lanes(value), generate

    return splat


def _unary(takes: types.Type, gives: types.Type, emit: Callable[..., Any]) -> Callable[..., Any]:
    def function(typing: Any, value: Any) -> Any:
        if value != takes:
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return emit(builder, *args)

        return gives(value), generate

    return function


def _binary(takes: types.Type, gives: types.Type, emit: Callable[..., Any]) -> Callable[..., Any]:
    def function(typing: Any, left: Any, right: Any) -> Any:
        if left != takes or right != takes:
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return emit(builder, *args)

        return gives(left, right), generate

    return function


def _add_up(builder: Any, value: Any) -> Any:
    """Sum of lanes as a fixed tree: halves are added until one number is left."""
    width = LANES
    while width > 1:
        width //= 2
        kind = ir.VectorType(ir.IntType(32), width)
        low = ir.Constant(kind, list(range(width)))
        high = ir.Constant(kind, list(range(width, 2 * width)))
        nothing = ir.Constant(value.type, ir.Undefined)
        value = builder.fadd(
            builder.shuffle_vector(value, nothing, low),
            builder.shuffle_vector(value, nothing, high),
        )
    return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))


def _any_lane(builder: Any, mask: Any) -> Any:
    """Whether one lane at least is true."""
    bits = builder.bitcast(mask, ir.IntType(LANES))
    return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))


def _choose(typing: Any, mask: Any, value: Any, other: Any) -> Any:
    if mask != mask_lanes or value != other or value not in (int_lanes, float_lanes):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return value(mask, value, other), generate


def _reciprocal(builder: Any, value: Any) -> Any:
    """1 / value of integers: a float32 estimate and one step of Newton's method."""
    single = ir.VectorType(ir.FloatType(), LANES)
    one, two = ir.Constant(single, [1.0] * LANES), ir.Constant(_FLOAT, [2.0] * LANES)
    estimate = builder.fdiv(one, builder.sitofp(value, single), flags=("fast",))
    guess = builder.fpext(estimate, _FLOAT)
    exact = builder.sitofp(value, _FLOAT)
    error = builder.fsub(two, builder.fmul(exact, guess, flags=_FUSED), flags=_FUSED)
    return builder.fmul(guess, error, flags=_FUSED)


def _root(builder: Any, value: Any) -> Any:
    """Square root: a float32 estimate of its reciprocal and one step of Newton's method."""
    single = ir.VectorType(ir.FloatType(), LANES)
    one, half = ir.Constant(single, [1.0] * LANES), ir.Constant(_FLOAT, [0.5] * LANES)
    three_halves, tiny = ir.Constant(_FLOAT, [1.5] * LANES), ir.Constant(_FLOAT, [1e-30] * LANES)
    value = builder.fadd(value, tiny)
    kind = ir.FunctionType(single, [single])
    name = f"llvm.sqrt.v{LANES}f32"
    sqrt = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    short = builder.call(sqrt, [builder.fptrunc(value, single)], fastmath=("fast",))
    guess = builder.fpext(builder.fdiv(one, short, flags=("fast",)), _FLOAT)
    near = builder.fmul(value, guess, flags=_FUSED)
    square = builder.fmul(builder.fmul(near, half, flags=_FUSED), guess, flags=_FUSED)
    return builder.fmul(near, builder.fsub(three_halves, square, flags=_FUSED), flags=_FUSED)


def _bits(typing: Any, value: Any) -> Any:
    if value != float_lanes:
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        long = ir.VectorType(ir.IntType(64), LANES)
        whole = builder.bitcast(args[0], long)
        high = builder.lshr(whole, ir.Constant(long, [32] * LANES))
        words = [builder.trunc(whole, _INT), builder.trunc(high, _INT)]
        return context.make_tuple(builder, signature.return_type, words)

    pair: Any = types.UniTuple
    return pair(int_lanes, 2)(value), generate


def _shifted(typing: Any, value: Any, places: Any) -> Any:
    if value != int_lanes or not isinstance(places, types.IntegerLiteral):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.lshr(args[0], ir.Constant(_INT, [places.literal_value] * LANES))

    return int_lanes(value, places), generate


load_i: Any = intrinsic(_loader(types.int32, int_lanes, 4))
load_f: Any = intrinsic(_loader(types.float64, float_lanes, 8))
store_i: Any = intrinsic(_storer(types.int32, int_lanes, 4))
store_f: Any = intrinsic(_storer(types.float64, float_lanes, 8))
splat_i: Any = intrinsic(_splatter(types.int32, int_lanes, _INT))
splat_f: Any = intrinsic(_splatter(types.float64, float_lanes, _FLOAT))
choose: Any = intrinsic(_choose)
bits: Any = intrinsic(_bits)
shifted: Any = intrinsic(prefer_literal=True)(_shifted)
total: Any = intrinsic(_unary(float_lanes, types.float64, _add_up))
anywhere: Any = intrinsic(_unary(mask_lanes, types.boolean, _any_lane))
as_float: Any = intrinsic(_unary(int_lanes, float_lanes, lambda b, v: b.sitofp(v, _FLOAT)))
reciprocal: Any = intrinsic(_unary(int_lanes, float_lanes, _reciprocal))
root: Any = intrinsic(_unary(float_lanes, float_lanes, _root))
least: Any = intrinsic(
    _binary(int_lanes, int_lanes, lambda b, x, y: b.select(b.icmp_signed("<", x, y), x, y))
)
most: Any = intrinsic(
    _binary(int_lanes, int_lanes, lambda b, x, y: b.select(b.icmp_signed(">", x, y), x, y))
)

_OPERATORS: tuple[tuple[Any, types.Type, types.Type, Callable[..., Any]], ...] = (
    (operator.add, int_lanes, int_lanes, lambda b, x, y: b.add(x, y)),
    (operator.sub, int_lanes, int_lanes, lambda b, x, y: b.sub(x, y)),
    (operator.mul, int_lanes, int_lanes, lambda b, x, y: b.mul(x, y)),
    (operator.xor, int_lanes, int_lanes, lambda b, x, y: b.xor(x, y)),
    (operator.lt, int_lanes, mask_lanes, lambda b, x, y: b.icmp_signed("<", x, y)),
    (operator.le, int_lanes, mask_lanes, lambda b, x, y: b.icmp_signed("<=", x, y)),
    (operator.eq, int_lanes, mask_lanes, lambda b, x, y: b.icmp_signed("==", x, y)),
    (operator.add, float_lanes, float_lanes, lambda b, x, y: b.fadd(x, y, flags=_FUSED)),
    (operator.sub, float_lanes, float_lanes, lambda b, x, y: b.fsub(x, y, flags=_FUSED)),
    (operator.mul, float_lanes, float_lanes, lambda b, x, y: b.fmul(x, y, flags=_FUSED)),
    (operator.truediv, float_lanes, float_lanes, lambda b, x, y: b.fdiv(x, y)),
    (operator.lt, float_lanes, mask_lanes, lambda b, x, y: b.fcmp_ordered("<", x, y)),
    (operator.ne, float_lanes, mask_lanes, lambda b, x, y: b.fcmp_unordered("!=", x, y)),
    (operator.and_, mask_lanes, mask_lanes, lambda b, x, y: b.and_(x, y)),
    (operator.or_, mask_lanes, mask_lanes, lambda b, x, y: b.or_(x, y)),
)


def _define(function: Any, takes: types.Type, gives: types.Type, emit: Callable[..., Any]) -> None:
    """Give an operator its meaning for two values of a lane type."""
    typing: Any = type_callable  # it carries no types of its own

    @typing(function)
    def typed(_context: Any) -> Callable[..., Any]:
        return lambda left, right: gives if left == takes and right == takes else None

    lowering: Any = lower_builtin

    @lowering(function, type(takes), type(takes))
    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return emit(builder, *args)


for _entry in _OPERATORS:
    _define(*_entry)
