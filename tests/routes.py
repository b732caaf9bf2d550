"""Independent routes to the same quantities: values by mpmath, derivatives by rule."""

from fractions import Fraction

import mpmath

from certify.language.terms import Apply, Constant, Output, Rational, Variable, Where, written_power

VALUES = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: mpmath.exp(b * mpmath.log(a)) if mpmath.im(a) == 0 < mpmath.re(a) else mpmath.nan,
    "pown": lambda a, n: a ** int(n),
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "log1p": lambda a: mpmath.log(1 + a),
    "expm1": lambda a: mpmath.exp(a) - 1,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
    "erfinv": mpmath.erfinv,
    "lgamma": mpmath.loggamma,
    "digamma": mpmath.digamma,
    "trigamma": lambda a: mpmath.psi(1, a),
    "gamma": mpmath.gamma,
    "i0": lambda a: mpmath.besseli(0, a),
    "i1": lambda a: mpmath.besseli(1, a),
    "sinc": mpmath.sincpi,
    "abs": abs,
    "sign": mpmath.sign,
    "min": min,
    "max": max,
}
HOLDS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def value(term, x, y=None):
    """The term's value at x by mpmath, at the working precision."""
    if isinstance(term, Rational):
        return mpmath.mpf(term.value.numerator) / term.value.denominator
    if isinstance(term, Constant):
        return mpmath.pi + 0 if term.name == "pi" else mpmath.e + 0
    if isinstance(term, Variable):
        return x
    if isinstance(term, Output):
        return y
    if isinstance(term, Where):
        holds = HOLDS[term.relation](value(term.left, x, y), value(term.right, x, y))
        return value(term.then if holds else term.otherwise, x, y)
    return VALUES[term.function](*(value(part, x, y) for part in term.arguments))


def slope(term, x, digits=40):
    """f'(x) to about `digits` digits by mpmath's numerical differentiation."""
    with mpmath.workdps(3 * digits):
        return mpmath.diff(lambda t: value(term, t), mpmath.mpf(x.numerator) / x.denominator)


def q(text):
    return Rational(Fraction(text))


def ap(name, *arguments):
    return Apply(name, arguments)


ONE, TWO = q(1), q(2)

# d/du of a primitive of one argument
RULES = {
    "neg": lambda u: q(-1),
    "exp": lambda u: ap("exp", u),
    "log": lambda u: ap("div", ONE, u),
    "sqrt": lambda u: ap("div", ONE, ap("mul", TWO, ap("sqrt", u))),
    "log1p": lambda u: ap("div", ONE, ap("add", ONE, u)),
    "expm1": lambda u: ap("exp", u),
    "sin": lambda u: ap("cos", u),
    "cos": lambda u: ap("neg", ap("sin", u)),
    "tan": lambda u: ap("add", ONE, ap("pown", ap("tan", u), TWO)),
    "sinh": lambda u: ap("cosh", u),
    "cosh": lambda u: ap("sinh", u),
    "tanh": lambda u: ap("sub", ONE, ap("pown", ap("tanh", u), TWO)),
    "asin": lambda u: ap("div", ONE, ap("sqrt", ap("sub", ONE, ap("pown", u, TWO)))),
    "acos": lambda u: ap("div", q(-1), ap("sqrt", ap("sub", ONE, ap("pown", u, TWO)))),
    "atan": lambda u: ap("div", ONE, ap("add", ONE, ap("pown", u, TWO))),
    "asinh": lambda u: ap("div", ONE, ap("sqrt", ap("add", ONE, ap("pown", u, TWO)))),
    "acosh": lambda u: ap("div", ONE, ap("sqrt", ap("sub", ap("pown", u, TWO), ONE))),
    "atanh": lambda u: ap("div", ONE, ap("sub", ONE, ap("pown", u, TWO))),
    "erf": lambda u: ap(
        "mul", ap("div", TWO, ap("sqrt", Constant("pi"))), ap("exp", ap("neg", ap("pown", u, TWO)))
    ),
    "erfc": lambda u: ap("neg", RULES["erf"](u)),
    "sigmoid": lambda u: ap("mul", ap("sigmoid", u), ap("sub", ONE, ap("sigmoid", u))),
    "softplus": lambda u: ap("sigmoid", u),
}


def derivative(term):
    """The derivative by rule of a guard-free term; powers have constant exponents."""
    if isinstance(term, Variable):
        return ONE
    if not isinstance(term, Apply):
        return q(0)
    name, a = term.function, term.arguments[0]
    if name in RULES:
        return ap("mul", RULES[name](a), derivative(a))
    b = term.arguments[1]
    if name in ("add", "sub"):
        return ap(name, derivative(a), derivative(b))
    if name == "mul":
        return ap("add", ap("mul", derivative(a), b), ap("mul", a, derivative(b)))
    if name == "div":
        numerator = ap("sub", ap("mul", derivative(a), b), ap("mul", a, derivative(b)))
        return ap("div", numerator, ap("pown", b, TWO))
    lowered = ap("mul", b, written_power(a, q(b.value - 1)))
    return ap("mul", lowered, derivative(a))
