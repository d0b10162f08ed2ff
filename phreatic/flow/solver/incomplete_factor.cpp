// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/incomplete_factor.hpp"

#include <algorithm>

namespace phreatic::flow {

template <class T>
void LinkMatrix<T>::allocate(const Layout& layout) {
  for (Padded<T>* array : {&excess, &right, &front, &down}) *array = layout.array<T>();
  zeros.assign(static_cast<std::size_t>(layout.ncol) + 16, T{});
}

template <class T>
std::size_t LinkMatrix<T>::bytes() const {
  return excess.bytes() + right.bytes() + front.bytes() + down.bytes();
}

template <class T>
RowLinks<T> LinkMatrix<T>::row(const Layout& layout, int layer, std::size_t cell) const {
  const T* up = layer == 0 ? zeros.data() : down.data() + cell - layout.layer_cells;
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const T* here = front.data() + cell;
  return {excess.data() + cell, right.data() + cell, here, here - columns, down.data() + cell, up};
}

namespace {

// What the pivot of a cell loses to the neighbours eliminated before it: l^2 / d, and the relaxed fill.
constexpr double kNothing = 1e-15;  // (L2/T) a cell that nothing holds keeps its head

struct Eliminated {
  double link;     // to the cell in question
  double others;   // sum of the eliminated cell's links to other later cells
  double inverse;  // its inverse pivot
  double loss(double relaxation) const { return link * inverse * (link + relaxation * others); }
};

}  // namespace

template <class T>
void IncompleteFactor<T>::allocate(const Layout& layout) {
  inverse_ = layout.array<T>();
}

template <class T>
void IncompleteFactor<T>::clear(const Layout& layout) {
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    std::fill(inverse_.data() + begin, inverse_.data() + end, T{});
  });
}

template <class T>
void IncompleteFactor<T>::take(const Layout& layout, const IncompleteFactor& from) {
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    std::copy(from.inverse_.data() + begin, from.inverse_.data() + end, inverse_.data() + begin);
  });
}

template <class T>
double IncompleteFactor<T>::solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r,
                                  Padded<T>& z) const {
  std::vector<double> sums(static_cast<std::size_t>(layout.nlay) * static_cast<std::size_t>(layout.nrow),
                           0.0);
  return solve(
      layout, a, r, z, [](int, int, int, std::size_t, std::size_t) {}, sums);
}

template <class T>
void IncompleteFactor<T>::factor(const Layout& layout, const LinkMatrix<T>& a,
                                 const Padded<std::int8_t>& ibound, double relaxation) {
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const int first_row = layout.strip_row[static_cast<std::size_t>(strip)];
    const int last_row = layout.strip_row[static_cast<std::size_t>(strip) + 1] - 1;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const RowLinks<T> links = a.row(layout, k, begin);
      const T* right = links.right;
      T* inverse = inverse_.data() + begin;
      const std::int8_t* active = ibound.data() + begin;
      const double within = i == last_row ? 0.0 : 1.0;  // front links of this row stay in the strip
      const bool has_back = i > first_row;
      const T* up_down = k == 0 ? a.zeros.data() : a.down.data() + begin - below;
      for (std::ptrdiff_t j = 0; j < static_cast<std::ptrdiff_t>(end - begin); ++j) {
        const double diagonal = static_cast<double>(links.excess[j]) + static_cast<double>(right[j]) +
                                static_cast<double>(right[j - 1]) + static_cast<double>(links.front[j]) +
                                static_cast<double>(links.back[j]) + static_cast<double>(links.down[j]) +
                                static_cast<double>(links.up[j]);
        if (active[j] <= 0 || diagonal < kNothing) {
          inverse[j] = 0;
          continue;
        }
        double pivot = diagonal;
        if (right[j - 1] != 0) {  // not so before the first column, where another strip may be written
          const Eliminated left{
              static_cast<double>(right[j - 1]),
              within * static_cast<double>(links.front[j - 1]) + static_cast<double>(links.down[j - 1]),
              static_cast<double>(inverse[j - 1])};
          pivot -= left.loss(relaxation);
        }
        if (has_back) {
          const Eliminated back{
              static_cast<double>(links.back[j]),
              static_cast<double>(right[j - columns]) + static_cast<double>(links.down[j - columns]),
              static_cast<double>(inverse[j - columns])};
          pivot -= back.loss(relaxation);
        }
        if (k > 0) {
          const Eliminated up{
              static_cast<double>(up_down[j]),
              static_cast<double>(right[j - below]) + within * static_cast<double>(links.front[j - below]),
              static_cast<double>(inverse[j - below])};
          pivot -= up.loss(relaxation);
        }
        if (!(pivot > 1e-4 * diagonal)) pivot = diagonal;
        inverse[j] = static_cast<T>(1.0 / pivot);
      }
    });
  });
}

template struct LinkMatrix<float>;
template struct LinkMatrix<double>;
template class IncompleteFactor<float>;
template class IncompleteFactor<double>;

}  // namespace phreatic::flow
