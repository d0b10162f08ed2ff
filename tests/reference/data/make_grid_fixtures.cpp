// SPDX-License-Identifier: BSD-3-Clause
// Makes tests/data/fixtures/utm.tif and hourly.grb2, and prints the slopes that test_gridded.cpp expects,
// with GDAL 3.6.2 alone:
//   g++ -O1 -I/usr/include/gdal tests/reference/data/make_grid_fixtures.cpp -lgdal -o /tmp/make && /tmp/make
//   tests/data/fixtures
#include <cpl_string.h>
#include <gdal.h>
#include <gdal_utils.h>
#include <ogr_srs_api.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

GDALDatasetH memory(int width, int height, int bands, const double* transform, const char* crs) {
  GDALDatasetH out = GDALCreate(GDALGetDriverByName("MEM"), "", width, height, bands, GDT_Float32, nullptr);
  GDALSetGeoTransform(out, const_cast<double*>(transform));
  OGRSpatialReferenceH reference = OSRNewSpatialReference(nullptr);
  OSRSetFromUserInput(reference, crs);
  GDALSetSpatialRef(out, reference);
  return out;
}

void fill(GDALDatasetH set, int band, const std::vector<float>& values) {
  GDALRasterIO(GDALGetRasterBand(set, band), GF_Write, 0, 0, GDALGetRasterXSize(set), GDALGetRasterYSize(set),
               const_cast<float*>(values.data()), GDALGetRasterXSize(set), GDALGetRasterYSize(set),
               GDT_Float32, 0, 0);
}

}  // namespace

int main(int, char** argv) {
  GDALAllRegister();
  const std::string folder = argv[1];
  // 8 x 6 cells of 1 km in UTM zone 32 N: value = column + 10 row.
  const double utm[6] = {500000, 1000, 0, 5400000, 0, -1000};
  std::vector<float> values;
  for (int r = 0; r < 6; ++r) {
    for (int c = 0; c < 8; ++c) values.push_back(static_cast<float>(c + 10 * r));
  }
  values[0] = -9999;
  GDALDatasetH grid = memory(8, 6, 1, utm, "EPSG:25832");
  fill(grid, 1, values);
  GDALSetRasterNoDataValue(GDALGetRasterBand(grid, 1), -9999);
  const char* compress[] = {"COMPRESS=DEFLATE", nullptr};
  GDALClose(GDALCreateCopy(GDALGetDriverByName("GTiff"), (folder + "/utm_20010203.tif").c_str(), grid, FALSE,
                           const_cast<char**>(compress), nullptr, nullptr));
  // Two GRIB2 messages, valid 2001-02-03 00:00 and 03:00.
  const double degrees[6] = {5, 0.5, 0, 50, 0, -0.5};
  GDALDatasetH hourly = memory(4, 3, 2, degrees, "EPSG:4326");
  for (int b = 1; b <= 2; ++b) {
    std::vector<float> field;
    for (int i = 0; i < 12; ++i) field.push_back(static_cast<float>(100 * b + i));
    fill(hourly, b, field);
  }
  const char* options[] = {
      "IDS=CENTER=98 REF_TIME=2001-02-03T00:00:00Z",
      "PDS_PDTN=0",
      "BAND_1_PDS_TEMPLATE_ASSEMBLED_VALUES=0 0 2 0 0 0 0 1 0 1 0 0 255 -127 -2147483647",
      "BAND_2_PDS_TEMPLATE_ASSEMBLED_VALUES=0 0 2 0 0 0 0 1 3 1 0 0 255 -127 -2147483647",
      "DATA_ENCODING=SIMPLE_PACKING",
      "NBITS=16",
      nullptr};
  GDALDatasetH copy = GDALCreateCopy(GDALGetDriverByName("GRIB"), (folder + "/hourly.grb2").c_str(), hourly,
                                     FALSE, const_cast<char**>(options), nullptr, nullptr);
  if (copy != nullptr) GDALClose(copy);
  // Slopes of a rough surface, Horn's method.
  GDALDatasetH dem = memory(5, 5, 1, utm, "EPSG:25832");
  fill(dem, 1,
       {10, 40, 35, 80, 70, 15, 90, 60, 20, 10, 5, 30, 120, 45, 25, 60, 10, 95, 33, 47, 12, 64, 28, 81, 55});
  const char* arguments[] = {"-alg", "Horn", "-of", "MEM", nullptr};
  GDALDEMProcessingOptions* how = GDALDEMProcessingOptionsNew(const_cast<char**>(arguments), nullptr);
  GDALDatasetH slope = GDALDEMProcessing("", dem, "slope", nullptr, how, nullptr);
  std::vector<float> out(25);
  GDALRasterIO(GDALGetRasterBand(slope, 1), GF_Read, 0, 0, 5, 5, out.data(), 5, 5, GDT_Float32, 0, 0);
  for (int i = 0; i < 25; ++i)
    std::printf("%.7g%s", static_cast<double>(out[static_cast<std::size_t>(i)]), i % 5 == 4 ? "\n" : ", ");
  return 0;
}
