// SPDX-License-Identifier: BSD-3-Clause
// How every call into NetCDF and HDF5 is guarded; for the sources of this folder.
#pragma once

#include <hdf5.h>

#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data::io {

// Holds the mutex. HDF5 prints its errors to standard error, per thread, unless told not to. At the program's end it
// would close what a failure left open, and crash where the disk is full: files are closed here, or not at all.
class NetcdfLock {
 public:
  NetcdfLock() : lock_(netcdf_mutex()) {
    static const bool leaves_exit_alone = H5dont_atexit() >= 0;
    (void)leaves_exit_alone;
    thread_local bool quiet = false;
    if (!quiet) H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    quiet = true;
  }

 private:
  std::lock_guard<std::mutex> lock_;
};

}  // namespace phreatic::data::io
