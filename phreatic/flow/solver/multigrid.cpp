// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/multigrid.hpp"

#include <Eigen/SparseCholesky>
#include <algorithm>

namespace phreatic::flow {
namespace {

constexpr std::size_t kCoarsest = 1200;  // cells that are solved directly
constexpr double kSmoothing = 0;         // relaxation of the smoothers: plain incomplete factors
constexpr double kOverCorrection = 1.8;  // braess1995

Grid coarse_grid(const Layout& fine) {
  Grid grid;
  grid.nlay = fine.nlay;
  grid.nrow = (fine.nrow + 1) / 2;
  grid.ncol = (fine.ncol + 1) / 2;
  grid.idomain.values.assign(grid.cells(), 0);
  for (int k = 0; k < fine.nlay; ++k) {
    for (int i = 0; i < fine.nrow; ++i) {
      const std::size_t row = fine.row_index(k, i);
      for (int j = fine.begin[row]; j < fine.end[row]; ++j)
        grid.idomain.values[static_cast<std::size_t>(grid.cell(k, i / 2, j / 2))] = 1;
    }
  }
  return grid;
}

// q = r - A p on the rows of the layout.
template <class T>
void residual(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, const Padded<T>& p,
              Padded<T>& q) {
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int, std::size_t begin, std::size_t end) {
      const T* here = p.data() + begin;
      const RowVectors<T> vectors{here, here + columns, here - columns,
                                  k == layout.nlay - 1 ? here : here + below, k == 0 ? here : here - below};
      kernels.multiply(end - begin, a.row(layout, k, begin), vectors, q.data() + begin);
      kernels.direction(end - begin, T(-1), r.data() + begin, q.data() + begin);
    });
  });
}

// z += u; returns r.z.
template <class T>
double add(const Layout& layout, const Padded<T>& u, const Padded<T>& r, Padded<T>& z) {
  std::vector<double> parts(static_cast<std::size_t>(layout.strips), 0.0);
  for_each_strip(layout, [&](int strip) {
    double sum = 0;
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      T row = 0;
      for (std::size_t n = begin; n < end; ++n) {
        z[n] += u[n];
        row += r[n] * z[n];
      }
      sum += static_cast<double>(row);
    });
    parts[static_cast<std::size_t>(strip)] = sum;
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

}  // namespace

template <class T>
struct Multigrid<T>::Level {
  Layout layout;
  LinkMatrix<T> a;
  IncompleteFactor<T> smoother;
  Padded<std::int8_t> ibound;
  Padded<T> r, z, left, extra;

  explicit Level(const Layout& fine) : layout(make_layout(coarse_grid(fine))) {
    a.allocate(layout);
    smoother.allocate(layout);
    ibound = layout.array<std::int8_t>();
    for (Padded<T>* array : {&r, &z, &left, &extra}) *array = layout.array<T>();
  }

  std::size_t parent(int k, int i, std::size_t column) const {
    return layout.row_start(k, i / 2) + column / 2;
  }

  // Sums of the finer level's links: those inside a block vanish, those to cells that take no part hold the
  // block as fixed heads do.
  void take(const Layout& fine, const LinkMatrix<T>& links, const Padded<std::int8_t>& active) {
    for (Padded<T>* array : {&a.excess, &a.right, &a.front, &a.down}) array->fill(0);
    ibound.fill(0);
    const auto columns = static_cast<std::size_t>(fine.ncol);
    for (int strip = 0; strip < fine.strips; ++strip) {
      for_rows(fine, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
        const std::size_t start = fine.row_start(k, i);
        const bool crosses = i % 2 == 1;
        for (std::size_t n = begin; n < end; ++n) {
          const std::size_t here = parent(k, i, n - start);
          const bool takes_part = active[n] > 0;
          if (takes_part) {
            ibound[here] = 1;
            a.excess[here] += links.excess[n];
          }
          const auto link = [&](std::size_t m, std::size_t there, bool between, T c, Padded<T>& sums) {
            if (c == 0) return;
            if (takes_part && active[m] > 0) {
              if (between) sums[here] += c;
            } else if (takes_part) {
              a.excess[here] += c;
            } else if (active[m] > 0) {
              a.excess[there] += c;
            }
          };
          const std::size_t column = n - start;
          if (column + 1 < columns)
            link(n + 1, parent(k, i, column + 1), column % 2 == 1, links.right[n], a.right);
          if (i + 1 < fine.nrow)
            link(n + columns, parent(k, i + 1, column), crosses, links.front[n], a.front);
          if (k + 1 < fine.nlay)
            link(n + fine.layer_cells, parent(k + 1, i, column), true, links.down[n], a.down);
        }
      });
    }
  }

  // Sums of what is left over at the cells that take part, block by block.
  void restrict_from(const Layout& fine, const Padded<T>& finer_inverse, const Padded<T>& left_over) {
    for_each_strip(layout, [&](int strip) {
      for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
        const std::size_t first = 2 * (begin - layout.row_start(k, i));
        std::fill(r.data() + begin, r.data() + end, T(0));
        for (int half = 0; half < 2 && 2 * i + half < fine.nrow; ++half) {
          const std::size_t start = fine.row_start(k, 2 * i + half) + first;
          const T* inverse = finer_inverse.data() + start;
          const T* left_here = left_over.data() + start;
          const std::size_t most = static_cast<std::size_t>(fine.ncol) - first;
          T* sums = r.data() + begin;
          for (std::size_t b = 0; b < end - begin; ++b) {
            const T left_value = inverse[2 * b] != 0 ? left_here[2 * b] : T(0);
            const bool has_right = 2 * b + 1 < most && inverse[2 * b + 1] != 0;
            sums[b] += left_value + (has_right ? left_here[2 * b + 1] : T(0));
          }
        }
      });
    });
  }

  void prolong_to(const Layout& fine, const Padded<T>& finer_inverse, Padded<T>& correction) const {
    for_each_strip(fine, [&](int strip) {
      for_rows(fine, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
        const std::size_t start = fine.row_start(k, i);
        for (std::size_t n = begin; n < end; ++n) {
          if (finer_inverse[n] != 0)
            correction[n] += static_cast<T>(kOverCorrection) * z[parent(k, i, n - start)];
        }
      });
    });
  }
};

template <class T>
struct Multigrid<T>::Coarsest {
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> cholesky;
  std::vector<std::size_t> cells;
  Eigen::VectorXd right_hand, solution;

  void factor(const Level& level) {
    const Layout& layout = level.layout;
    std::vector<int> row_of(layout.cells, -1);
    cells.clear();
    for (std::size_t n = 0; n < layout.cells; ++n) {
      if (level.ibound[n] <= 0) continue;
      row_of[n] = static_cast<int>(cells.size());
      cells.push_back(n);
    }
    std::vector<double> diagonal(cells.size());
    std::vector<Eigen::Triplet<double>> entries;
    for (std::size_t row = 0; row < cells.size(); ++row) {
      const std::size_t n = cells[row];
      diagonal[row] += static_cast<double>(level.a.excess[n]);
      const auto link = [&](std::size_t m, T c) {
        if (c == 0) return;
        const int other = row_of[m];
        diagonal[row] += static_cast<double>(c);
        diagonal[static_cast<std::size_t>(other)] += static_cast<double>(c);
        entries.emplace_back(other, static_cast<int>(row), -static_cast<double>(c));
      };
      link(n + 1, level.a.right[n]);
      link(n + static_cast<std::size_t>(layout.ncol), level.a.front[n]);
      link(n + layout.layer_cells, level.a.down[n]);
    }
    for (std::size_t row = 0; row < cells.size(); ++row) {
      const double d = diagonal[row] > 0 ? diagonal[row] * (1 + 1e-9) : 1.0;
      entries.emplace_back(static_cast<int>(row), static_cast<int>(row), d);
    }
    const auto size = static_cast<Eigen::Index>(cells.size());
    Eigen::SparseMatrix<double> matrix(size, size);
    matrix.setFromTriplets(entries.begin(), entries.end());
    cholesky.compute(matrix);
    right_hand.resize(size);
  }
};

template <class T>
Multigrid<T>::Multigrid() = default;
template <class T>
Multigrid<T>::~Multigrid() = default;

template <class T>
void Multigrid<T>::allocate(const Layout& layout) {
  levels_.clear();
  ready_ = false;
  const Layout* finer = &layout;
  while (finer->span_cells > kCoarsest && (finer->nrow > 1 || finer->ncol > 1)) {
    levels_.push_back(std::make_unique<Level>(*finer));
    finer = &levels_.back()->layout;
  }
  coarsest_ = std::make_unique<Coarsest>();
  left_ = layout.array<T>();
  extra_ = layout.array<T>();
}

template <class T>
std::size_t Multigrid<T>::bytes() const {
  std::size_t total = left_.bytes() + extra_.bytes();
  for (const auto& level : levels_)
    total += level->a.bytes() + level->smoother.bytes() + level->ibound.bytes() + 4 * level->r.bytes();
  return total;
}

template <class T>
void Multigrid<T>::factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound) {
  const Layout* finer = &layout;
  const LinkMatrix<T>* links = &a;
  const Padded<std::int8_t>* active = &ibound;
  for (const auto& level : levels_) {
    level->take(*finer, *links, *active);
    level->smoother.factor(level->layout, level->a, level->ibound, kSmoothing);
    finer = &level->layout;
    links = &level->a;
    active = &level->ibound;
  }
  if (!levels_.empty()) coarsest_->factor(*levels_.back());
  ready_ = !levels_.empty();
}

template <class T>
void Multigrid<T>::solve_coarsest(Level& level) {
  for (std::size_t row = 0; row < coarsest_->cells.size(); ++row)
    coarsest_->right_hand[static_cast<Eigen::Index>(row)] =
        static_cast<double>(level.r[coarsest_->cells[row]]);
  coarsest_->solution = coarsest_->cholesky.solve(coarsest_->right_hand);
  for (std::size_t row = 0; row < coarsest_->cells.size(); ++row)
    level.z[coarsest_->cells[row]] = static_cast<T>(coarsest_->solution[static_cast<Eigen::Index>(row)]);
}

template <class T>
void Multigrid<T>::cycle(std::size_t index) {
  Level& level = *levels_[index];
  if (index + 1 == levels_.size()) {
    solve_coarsest(level);
    return;
  }
  Level& next = *levels_[index + 1];
  level.smoother.solve(level.layout, level.a, level.r, level.z);
  residual(level.layout, level.a, level.r, level.z, level.left);
  next.restrict_from(level.layout, level.smoother.inverse(), level.left);
  cycle(index + 1);
  next.prolong_to(level.layout, level.smoother.inverse(), level.z);
  residual(level.layout, level.a, level.r, level.z, level.left);
  level.smoother.solve(level.layout, level.a, level.left, level.extra);
  add(level.layout, level.extra, level.r, level.z);
}

template <class T>
double Multigrid<T>::solve(const Layout& layout, const LinkMatrix<T>& a, const IncompleteFactor<T>& fine,
                           const Padded<T>& r, Padded<T>& z) {
  Level& next = *levels_.front();
  fine.solve(layout, a, r, z);
  residual(layout, a, r, z, left_);
  next.restrict_from(layout, fine.inverse(), left_);
  cycle(0);
  next.prolong_to(layout, fine.inverse(), z);
  residual(layout, a, r, z, left_);
  fine.solve(layout, a, left_, extra_);
  return add(layout, extra_, r, z);
}

template class Multigrid<float>;
template class Multigrid<double>;

}  // namespace phreatic::flow
