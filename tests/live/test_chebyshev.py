import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev as numpy_chebyshev

from mechanisms.live.chebyshev import FINEST, basis, coefficients, nodes, refine


@pytest.mark.parametrize("intervals", [4, 8, 16, 32])
def test_coefficients_agree_with_numpy_interpolation(intervals):
    x = nodes(intervals)
    values = np.exp(x) * np.sin(3 * x)
    expected = np.linalg.solve(numpy_chebyshev.chebvander(x, intervals), values)
    np.testing.assert_allclose(coefficients(values, 0), expected, atol=1e-12)


def test_nodes_are_nested():
    for intervals in (4, 8, 16):
        np.testing.assert_allclose(
            nodes(FINEST)[:: FINEST // intervals], nodes(intervals), atol=1e-15
        )


@given(st.lists(st.floats(-5, 5), min_size=5, max_size=5))
def test_refine_is_exact_for_polynomials_of_the_grid(power_coefs):
    polynomial = np.polynomial.Polynomial(power_coefs)
    new = refine(polynomial(nodes(4))[:, None], 0)
    np.testing.assert_allclose(new[:, 0], polynomial(nodes(8)[1::2]), atol=1e-10)


@given(st.floats(-1, 1))
def test_basis_agrees_with_numpy(x):
    expected = numpy_chebyshev.chebvander(np.array([x]), 20)[0]
    np.testing.assert_allclose(basis(x, 21), expected, atol=1e-7)
