"""Formulas whose side conditions interval evaluation shows, and does not, for both sides' tests."""

SHOWN = {
    "a_root_of_a_square_and_eps": ("1/sqrt(x*x + eps)", "(-inf, inf)", {"eps": "(0, inf)"}),
    "an_exponential_and_1": ("log(1 + exp(x))", "(-inf, inf)", {}),
    "a_power": ("x**a", "(0, inf)", {"a": "(-inf, inf)"}),
    "a_reciprocal_off_0": ("x**-3", "[1/100, inf)", {}),
    "asin_of_tanh": ("asin(tanh(x))", "(-inf, inf)", {}),
    "atanh_of_half_a_sine": ("atanh(sin(x)/2)", "(-inf, inf)", {}),
    "tan_near_0": ("tan(x)", "[-1/2, 1/2]", {}),
    "acosh": ("acosh(cosh(x) + 1)", "(-inf, inf)", {}),
}
NOT_SHOWN = {
    "a_pole": ("1/x", "[-1, 1]", {}, "not 0"),
    "a_pole_at_an_end": ("1/x", "[0, 1]", {}, "not 0"),
    "eps_that_may_be_0": ("1/sqrt(x*x + eps)", "(-inf, inf)", {"eps": "[0, inf)"}, "> 0"),
    "a_logarithm": ("log(x)", "[0, 1]", {}, "> 0"),
    "log1p": ("log1p(x)", "[-1, 1]", {}, "> -1"),
    "a_power_of_0": ("x**(1/2)", "[0, 1]", {}, "> 0"),
    "a_negative_power": ("x**-2", "[-1, 1]", {}, "not 0"),
    "asin": ("asin(x)", "[0, 1]", {}, r"in \(-1, 1\)"),
    "acos": ("acos(x)", "[-1, 0]", {}, r"in \(-1, 1\)"),
    "atanh": ("atanh(x)", "[0, 2]", {}, r"in \(-1, 1\)"),
    "acosh_at_1": ("acosh(x)", "[1, 2]", {}, "> 1"),
    "tan_across_a_pole": ("tan(x)", "[0, 2]", {}, "not 0"),
    "tan_on_the_line": ("tan(x)", "(-inf, inf)", {}, "not 0"),
    "a_pole_times_0": ("0*(1/x)", "[-1, 1]", {}, "not 0"),
    "a_guard": ("abs(x)", "[0, 1]", {}, "without guards"),
}
