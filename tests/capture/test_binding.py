"""Which argument varies, which are held, and at what: exactly the dtype's number."""

from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from certify.capture.binding import bound, callable_of
from certify.capture.program import CaptureError
from certify.catalogue.request import Request


def keep(value, like):
    """In the place of a tensor, what shows where it went."""
    return ("held", value)


def called(function, held=(), keywords=(), dtype="float64"):
    request = Request("t:f", dict(keywords), dict(held), dtype)
    return bound(function, request, keep)("x")


def two(a, b, *, c=0):
    return a, b, c


def with_defaults(a, b=1, c=2):
    return a, b, c


def only_by_position(a, b, /):
    return a, b


def any_number(*a, **k):
    return a, k


CASES = {
    "the_first": (two, {"b": "0.5"}, {}, ("x", ("held", 0.5), 0)),
    "the_second": (two, {"a": "0.5"}, {}, (("held", 0.5), "x", 0)),
    "by_position": (two, {"1": "2"}, {}, ("x", ("held", 2.0), 0)),
    "a_keyword": (two, {}, {"b": 7}, ("x", 7, 0)),
    "a_keyword_first": (two, {}, {"a": 7}, (7, "x", 0)),
    "keyword_only": (two, {"b": "1", "c": "2"}, {}, ("x", ("held", 1.0), ("held", 2.0))),
    "over_a_gap": (with_defaults, {"c": "3"}, {}, ("x", 1, ("held", 3.0))),
    "positional_only": (only_by_position, {"a": "1"}, {}, (("held", 1.0), "x")),
    "of_any_number": (any_number, {"1": "3"}, {}, (("x", ("held", 3.0)), {})),
    "of_any_number_first": (any_number, {"0": "3"}, {"k": 1}, ((("held", 3.0), "x"), {"k": 1})),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_that_is_not_held_varies(name):
    function, held, keywords, expected = CASES[name]
    assert called(function, held, keywords) == expected


@pytest.mark.parametrize(("dtype", "letter"), [("float64", "d"), ("float32", "f")])
def test_a_number_is_held_as_the_dtype_holds_it(dtype, letter):
    _, (_, value), _ = called(two, {"b": "0.3"}, dtype=dtype)
    assert Fraction(value) == Fraction(torch.tensor(0.3, dtype=getattr(torch, dtype)).item())


REFUSED = {
    "one_more": (two, {}, {}, "is a function of a, b, needs one variable: --at b=NUMBER"),
    "nothing_varies": (two, {"a": "1", "b": "2"}, {}, "no argument is left that varies"),
    "unknown": (two, {"b": "1", "d": "2"}, {}, "has no parameter 'd': it is a function of a, b, c"),
    "near": (F.mse_loss, {"targt": "1"}, {}, "did you mean target"),
    "no_such_position": (two, {"b": "1", "5": "2"}, {}, "has 2 positional parameters, and none at 5"),
    "twice": (two, {"b": "1", "1": "2"}, {}, "held by its name and by its position"),
    "before_it": (any_number, {"2": "1"}, {}, "argument 1 is needed before the held one: --at 1=NUMBER"),
    "too_large": (two, {"b": "1e400"}, {}, "b is held beyond the largest float64"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_argument_that_cannot_be_given_is_refused(name):
    function, held, keywords, words = REFUSED[name]
    with pytest.raises(CaptureError) as caught:
        called(function, held, keywords)
    assert words in str(caught.value)


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        return x * scale

    @staticmethod
    def backward(ctx, grad):
        return grad, None


class Split(torch.autograd.Function):
    @staticmethod
    def forward(x, scale):
        return x * scale

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass


@pytest.mark.parametrize("kind", [Scaled, Split])
def test_an_autograd_function_has_the_arguments_of_its_forward(kind):
    function, _ = callable_of(kind, Request("t:f"))
    with pytest.raises(CaptureError, match="is a function of x, scale, needs one variable"):
        bound(function, Request("t:f"), keep)
    held = bound(function, Request("t:f", {}, {"scale": "2"}), lambda value, like: torch.tensor(value))
    assert held(torch.tensor(3.0)).item() == 6


def test_a_class_of_modules_is_made_with_the_keywords():
    module, request = callable_of(torch.nn.PReLU, Request("t:f", {"init": 0.5}, dtype="float64"))
    assert request.keywords == {}
    assert (module.weight.dtype, module.weight.item()) == (torch.float64, 0.5)


CLASSES = {
    torch.nn.Threshold: "making one fails: TypeError: .*--with threshold=VALUE gives it",
    dict: "is a class: name a function, or an instance",
}


@pytest.mark.parametrize("kind", CLASSES)
def test_another_class_is_refused_with_what_to_write(kind):
    with pytest.raises(CaptureError, match=CLASSES[kind]):
        callable_of(kind, Request("t:f"))
