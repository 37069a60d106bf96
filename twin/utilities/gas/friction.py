"""What friction takes from a flow: the factor of Darcy's equation, as pandapipes has it.

With the mass flow m the loss is proportional to ``h(m) = (factor(m) length/diameter + loss) m |m|``. Models:
`nikuradse` is 64/Re and ``(2 log10(d/k) + 1.14)^-2`` together; `colebrook` is solved to the last digit;
`swamee-jain` is its approximation. The last two have no laminar part and end at Re = 0; below Re = 4
and 16 the loss goes linearly to nothing.
"""

from math import log, log10

from twin.compiled import compiled

NIKURADSE, COLEBROOK, SWAMEE_JAIN, GIVEN = range(4)
_LEAST_RE = (0.0, 4.0, 16.0, 0.0)
"""By model."""
_LEAST_REYNOLDS_SLOPE = 1.0
_LN10 = log(10.0)


@compiled
def colebrook(re: float, rough: float) -> float:
    """Return 1 / sqrt(factor) of Colebrook and White.

    Parameters
    ----------
    re, rough
        Reynolds number, and roughness over diameter.
    """
    x, add = 7.0, rough / 3.71
    for _ in range(50):
        inner = 2.51 * x / re + add
        step = (x + 2.0 * log10(inner)) / (1.0 + 2.0 * 2.51 / (re * inner * _LN10))
        x = max(x - step, 0.1 * x)
        if abs(step) <= 1e-14 * x:
            break
    return x


@compiled
def turbulent(model: int, re: float, rough: float, fixed: float) -> tuple[float, float]:
    """Return the factor without its laminar part, and its derivative by Re times Re.

    Parameters
    ----------
    fixed
        What does not depend on Re: the factor of Nikuradse, or one that is given.
    """
    if model == COLEBROOK:
        x = colebrook(re, rough)
        inner = 2.51 * x / re + rough / 3.71
        share = 2.0 * 2.51 * x / (re * inner * _LN10)
        # x' Re = share / (1 + share / x), and the factor is x^-2
        return x**-2, -2.0 * x**-3 * share / (1.0 + share / x)
    if model == SWAMEE_JAIN:
        part = 5.74 / re**0.9
        inner = rough / 3.7 + part
        root = log10(inner)
        return 0.25 / root**2, 0.5 / root**3 * 0.9 * part / (inner * _LN10)
    return fixed, 0.0


@compiled
def loss(
    flow: float, model: int, per_flow: float, rough: float, fixed: float, length: float, single: float
) -> tuple[float, float, float]:
    """Return h(m), its derivative by m, and the factor.

    Parameters
    ----------
    flow, per_flow
        kg/s, and Reynolds number of 1 kg/s.
    length, single
        Length over diameter, and the coefficient of single losses.
    """
    strength = abs(flow)
    re = strength * per_flow
    if model in (COLEBROOK, SWAMEE_JAIN):
        least_re = _LEAST_RE[model]
        if re < least_re:
            factor, _ = turbulent(model, least_re, rough, fixed)
            linear = length * factor * least_re / per_flow
            return linear * flow + single * flow * strength, linear + 2.0 * single * strength, factor
        factor, slope = turbulent(model, re, rough, fixed)
        both = length * factor + single
        return both * flow * strength, (2.0 * both + length * slope) * strength, factor
    linear = 64.0 * length / per_flow if model == NIKURADSE else 0.0
    both = length * fixed + single
    # at rest the slope is that of a creeping flow, so that it can be divided by
    least = max(strength, _LEAST_REYNOLDS_SLOPE / per_flow)
    factor = fixed + (64.0 / re if model == NIKURADSE and re > 0.0 else 0.0)
    return linear * flow + both * flow * strength, linear + 2.0 * both * least, factor
