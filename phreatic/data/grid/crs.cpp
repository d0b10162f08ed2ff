// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/crs.hpp"

#include <mutex>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/gdal/library.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data {
namespace {

std::string shorten(const std::string& crs) { return crs.size() > 60 ? crs.substr(0, 57) + "..." : crs; }

}  // namespace

Crs find_crs(const std::string& crs) {
  const GdalLibrary& library = gdal();
  const std::lock_guard lock(io::netcdf_mutex());
  GdalError error{};
  std::array<char, 256> name{};
  std::array<char, 16384> wkt{};
  int geographic = 0;
  std::array<double, 4> area{};
  if (library.crs(crs.c_str(), &geographic, area.data(), name.data(), name.size(), wkt.data(), wkt.size(),
                  error.data(), error.size()) != 0)
    throw core::InputError({.where = "coordinate system '" + shorten(crs) + "'",
                            .what = error.data(),
                            .allowed = "a code like EPSG:28992, WKT or PROJ text"});
  return {name.data(), wkt.data(), geographic != 0, area};
}

CrsRelation compare_crs(const std::string& a, const std::string& b) {
  if (a == b) return CrsRelation::same;
  const GdalLibrary& library = gdal();
  const std::lock_guard lock(io::netcdf_mutex());
  GdalError error{};
  int relation = 0;
  if (library.compare_crs(a.c_str(), b.c_str(), &relation, error.data(), error.size()) != 0)
    throw core::InputError(
        {.where = "coordinate systems '" + shorten(a) + "' and '" + shorten(b) + "'", .what = error.data()});
  return static_cast<CrsRelation>(relation);
}

struct CrsTransform::Handle {
  PhreaticTransform* transform = nullptr;
  int rough = 0;
};

CrsTransform::CrsTransform(const std::string& from, const std::string& to)
    : handle_(std::make_unique<Handle>()) {
  const GdalLibrary& library = gdal();
  const std::lock_guard lock(io::netcdf_mutex());
  GdalError error{};
  if (library.transform_open(from.c_str(), to.c_str(), &handle_->transform, &handle_->rough, error.data(),
                             error.size()) != 0)
    throw core::InputError(
        {.where = "from '" + shorten(from) + "' to '" + shorten(to) + "'",
         .what = error.data(),
         .mend = "Install PROJ's grids for these datums, or declare one coordinate system for both"});
}

CrsTransform::CrsTransform(CrsTransform&&) noexcept = default;

CrsTransform::~CrsTransform() {
  if (!handle_ || handle_->transform == nullptr) return;
  const std::lock_guard lock(io::netcdf_mutex());
  gdal().transform_close(handle_->transform);
}

bool CrsTransform::rough() const { return handle_->rough != 0; }

void CrsTransform::apply(std::span<double> x, std::span<double> y) const {
  PHREATIC_ASSERT(x.size() == y.size());
  if (x.empty()) return;
  const std::lock_guard lock(io::netcdf_mutex());
  gdal().transform(handle_->transform, static_cast<int>(x.size()), x.data(), y.data());
}

}  // namespace phreatic::data
