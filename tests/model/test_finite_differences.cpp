// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/model/finite_differences.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace phreatic::model {
namespace {

// f = (x0 + member) x1 + s x2^2 over one step of three features.
class Polynomial : public Predictor {
 public:
  Shape shape() const override { return {1, 3, 1}; }
  Target target() const override { return {"level", "m"}; }
  std::size_t members() const override { return 2; }
  void value(std::size_t batch, const float* x, const float* s, float* values) override {
    for (std::size_t b = 0; b < batch; ++b) values[b] = of(x + 3 * b, s[b], 0.5F);
  }
  void member_value(std::size_t member, std::size_t batch, const float* x, const float* s,
                    float* values) override {
    for (std::size_t b = 0; b < batch; ++b) values[b] = of(x + 3 * b, s[b], static_cast<float>(member));
  }

 private:
  static float of(const float* x, float s, float shift) { return (x[0] + shift) * x[1] + s * x[2] * x[2]; }
};

// Central differences are exact for polynomials of degree two.
TEST(FiniteDifferences, gradient_of_a_quadratic_function_and_of_its_members) {
  Polynomial f;
  FiniteDifferences g(f, {0.125F, 0.25F, 0.5F});
  EXPECT_EQ(g.shape(), f.shape());
  EXPECT_EQ(g.members(), 2U);
  const std::vector<float> x = {1, 2, 3, -1, 0, 2}, s = {2, 4};
  std::vector<float> values(2), gradients(6);
  g.value_and_gradient(2, x.data(), s.data(), values.data(), gradients.data());
  EXPECT_EQ(values, (std::vector<float>{21, 16}));
  EXPECT_EQ(gradients, (std::vector<float>{2, 1.5F, 12, 0, -0.5F, 16}));
  g.member_value_and_gradient(1, 1, x.data(), s.data(), values.data(), gradients.data());
  EXPECT_EQ(values[0], 22);
  EXPECT_EQ(gradients[1], 2);
}

}  // namespace
}  // namespace phreatic::model
