// SPDX-License-Identifier: BSD-3-Clause
#include "reference.hpp"

namespace reference {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// One batch row, all steps.
struct Row {
  const Problem& p;
  Result& out;
  std::size_t b, T, F, H, G;
  std::vector<Doubles> gates, q, h, c;  // per step; h[t] and c[t] are the states before step t

  Row(const Problem& problem, Result& result, std::size_t row)
      : p(problem),
        out(result),
        b(row),
        T(problem.shape.steps),
        F(problem.shape.inputs),
        H(problem.shape.hidden),
        G(problem.shape.gates()) {}

  const double* x(std::size_t t) const { return &p.x[(b * T + t) * F]; }

  void sums(std::size_t t, Doubles& from_x, Doubles& from_h) const {
    from_x = p.bias_ih;
    from_h = p.bias_hh;
    for (std::size_t g = 0; g < G * H; ++g) {
      for (std::size_t f = 0; f < F; ++f) from_x[g] += p.weight_ih[g * F + f] * x(t)[f];
      for (std::size_t k = 0; k < H; ++k) from_h[g] += p.weight_hh[g * H + k] * h[t][k];
    }
  }

  void forward() {
    h.push_back(Doubles(p.h0.begin() + b * H, p.h0.begin() + (b + 1) * H));
    c.push_back(Doubles(p.c0.begin() + b * H, p.c0.begin() + (b + 1) * H));
    for (std::size_t t = 0; t < T; ++t) {
      Doubles a;
      Doubles r;
      sums(t, a, r);
      Doubles g(G * H), next_h(H), next_c(H);
      for (std::size_t j = 0; j < H; ++j) {
        if (p.shape.cell == Cell::lstm) {
          g[j] = sigmoid(a[j] + r[j]);
          g[H + j] = sigmoid(a[H + j] + r[H + j]);
          g[2 * H + j] = std::tanh(a[2 * H + j] + r[2 * H + j]);
          g[3 * H + j] = sigmoid(a[3 * H + j] + r[3 * H + j]);
          next_c[j] = g[H + j] * c[t][j] + g[j] * g[2 * H + j];
          next_h[j] = g[3 * H + j] * std::tanh(next_c[j]);
        } else {
          g[j] = sigmoid(a[j] + r[j]);
          g[H + j] = sigmoid(a[H + j] + r[H + j]);
          g[2 * H + j] = std::tanh(a[2 * H + j] + g[j] * r[2 * H + j]);
          next_h[j] = (1 - g[H + j]) * g[2 * H + j] + g[H + j] * h[t][j];
        }
        out.h[(b * T + t) * H + j] = next_h[j];
      }
      gates.push_back(g);
      q.push_back(r);
      h.push_back(next_h);
      c.push_back(next_c);
    }
    for (std::size_t j = 0; j < H; ++j) out.c_last[b * H + j] = c[T][j];
  }

  // Gradients of the gates' sums, of the input part (da) and of the state part (dr).
  void gate_gradients(std::size_t t, const Doubles& dh, Doubles& dc, Doubles& direct, Doubles& da,
                      Doubles& dr) {
    const Doubles& g = gates[t];
    for (std::size_t j = 0; j < H; ++j) {
      if (p.shape.cell == Cell::lstm) {
        const double i = g[j], f = g[H + j], n = g[2 * H + j], o = g[3 * H + j];
        const double tc = std::tanh(c[t + 1][j]);
        const double d = dc[j] + dh[j] * o * (1 - tc * tc);
        da[j] = d * n * i * (1 - i);
        da[H + j] = d * c[t][j] * f * (1 - f);
        da[2 * H + j] = d * i * (1 - n * n);
        da[3 * H + j] = dh[j] * tc * o * (1 - o);
        dc[j] = d * f;
        direct[j] = 0;
      } else {
        const double r = g[j], z = g[H + j], n = g[2 * H + j];
        da[2 * H + j] = dh[j] * (1 - z) * (1 - n * n);
        da[j] = da[2 * H + j] * q[t][2 * H + j] * r * (1 - r);
        da[H + j] = dh[j] * (h[t][j] - n) * z * (1 - z);
        direct[j] = dh[j] * z;
      }
    }
    dr = da;
    if (p.shape.cell == Cell::gru) {
      for (std::size_t j = 0; j < H; ++j) dr[2 * H + j] = da[2 * H + j] * g[j];
    }
  }

  void backward() {
    Doubles carried(H, 0.0);
    Doubles dc(p.dc_last.begin() + b * H, p.dc_last.begin() + (b + 1) * H);
    for (std::size_t t = T; t-- > 0;) {
      Doubles dh = carried, direct(H), da(G * H), dr;
      for (std::size_t j = 0; j < H; ++j) dh[j] += p.dh[(b * T + t) * H + j];
      gate_gradients(t, dh, dc, direct, da, dr);
      carried = direct;
      for (std::size_t g = 0; g < G * H; ++g) {
        out.dbias_ih[g] += da[g];
        out.dbias_hh[g] += dr[g];
        for (std::size_t f = 0; f < F; ++f) {
          out.dweight_ih[g * F + f] += da[g] * x(t)[f];
          out.dx[(b * T + t) * F + f] += da[g] * p.weight_ih[g * F + f];
        }
        for (std::size_t k = 0; k < H; ++k) {
          out.dweight_hh[g * H + k] += dr[g] * h[t][k];
          carried[k] += dr[g] * p.weight_hh[g * H + k];
        }
      }
    }
    for (std::size_t j = 0; j < H; ++j) {
      out.dh0[b * H + j] = carried[j];
      out.dc0[b * H + j] = dc[j];
    }
  }
};

}  // namespace

Result run(const Problem& p) {
  const std::size_t B = p.shape.batch, T = p.shape.steps, F = p.shape.inputs, H = p.shape.hidden;
  const std::size_t G = p.shape.gates();
  Result out{Doubles(B * T * H), Doubles(B * H),     Doubles(G * H * F), Doubles(G * H * H), Doubles(G * H),
             Doubles(G * H),     Doubles(B * T * F), Doubles(B * H),     Doubles(B * H)};
  for (std::size_t b = 0; b < B; ++b) {
    Row row(p, out, b);
    row.forward();
    row.backward();
  }
  return out;
}

double loss(const Problem& p, const Result& r) {
  double sum = 0;
  for (std::size_t i = 0; i < r.h.size(); ++i) sum += r.h[i] * p.dh[i];
  if (p.shape.cell == Cell::lstm) {
    for (std::size_t i = 0; i < r.c_last.size(); ++i) sum += r.c_last[i] * p.dc_last[i];
  }
  return sum;
}

}  // namespace reference
