// SPDX-License-Identifier: BSD-3-Clause
// Files: read whole, written atomically (temporary file, fsync, rename, fsync of the folder).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace phreatic::core {

// Whole file as bytes. Throws InputError (missing, a folder, not readable) naming the file.
std::string read_file(const std::filesystem::path& path);

// Writes so that `path` holds either its old content or all of the new. Throws RunError (disk full, not
// writable).
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

// For writers that need a path of their own (NetCDF): `write` gets a temporary path in the same folder; when
// it returns, that file is fsynced and renamed to `path`; when it throws, the temporary file is removed.
void write_atomic_with(const std::filesystem::path& path,
                       const std::function<void(const std::string& temporary)>& write);

// Removes the temporary files that writers killed half-way left in `folder` and below it: those whose process
// is no longer there. Returns how many. What cannot be read or removed stays.
std::size_t remove_abandoned_parts(const std::filesystem::path& folder);

// Creates the folder with its parents; throws RunError.
void make_folder(const std::filesystem::path& path);

// XXH3-128 of bytes or of a file's content, as 32 hexadecimal digits.
std::string hash_bytes(std::string_view bytes);
std::string hash_file(const std::filesystem::path& path);

}  // namespace phreatic::core
