// SPDX-License-Identifier: BSD-3-Clause
// Safetensors files: named arrays behind a JSON header; reading one executes nothing.
//   8 bytes: header length n, little-endian | n bytes: JSON header | the arrays' bytes, back to back
// Header: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"k": "text"}}
// Format: https://github.com/huggingface/safetensors (key safetensors). The reader trusts nothing: lengths,
// overlaps, holes, duplicate names, types, and shape products are checked before any array is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace phreatic::learn {

// One array as bytes (little-endian, row-major).
struct StoredTensor {
  std::string name;
  std::string dtype;  // "F32", "F64", "I64", "U8" ...: the format's own names
  std::vector<std::size_t> shape;
  std::string bytes;
};

struct SafeTensors {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;

  const StoredTensor* find(std::string_view name) const;
};

StoredTensor store_floats(std::string name, std::vector<std::size_t> shape, const float* values);
// The values of an F32 array; throws InputError naming `file` when the dtype is another.
std::vector<float> stored_floats(const StoredTensor& tensor, const std::string& file);

// Throws InputError, with `file` in its text, for anything that is not a sound safetensors file.
SafeTensors parse_safetensors(std::string_view bytes, const std::string& file);
SafeTensors read_safetensors(const std::filesystem::path& path);

// Bytes of a file; tensors are written in the given order.
std::string format_safetensors(const SafeTensors& content);
void write_safetensors(const std::filesystem::path& path, const SafeTensors& content);  // atomic

}  // namespace phreatic::learn
