// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/chart_engine.hpp"

#include <duktape.h>

#include <cstdlib>

#include "phreatic/core/errors.hpp"
#include "phreatic/report/bundle.hpp"

namespace phreatic::report {
namespace {

// ECharts asks for timers when it is loaded; nothing that we draw waits for one. Duktape's own sort takes its pivots at random and keeps equal
// elements in no order, and its typed arrays cannot sort: all sort by merging, which keeps it, so that a figure is the same each time. So are random
// numbers (Lehmer's generator).
constexpr std::string_view kHost =
    "var setTimeout=function(){return 0},clearTimeout=function(){},setInterval=function(){return 0},"
    "clearInterval=function(){};"
    "(function(){var state=1;Math.random=function(){state=state*16807%2147483647;return "
    "state/2147483647};"
    "function text(a,b){a=String(a);b=String(b);return a<b?-1:a>b?1:0}"
    "function merged(v,by){var n=v.length;if(n<2)return v;"
    "var l=merged(v.slice(0,n>>1),by),r=merged(v.slice(n>>1),by),o=[],i=0,j=0;"
    "while(i<l.length&&j<r.length)o.push(by(r[j],l[i])<0?r[j++]:l[i++]);"
    "while(i<l.length)o.push(l[i++]);while(j<r.length)o.push(r[j++]);return o}"
    "function sorter(plain){return function(by){var v=[],i,n=this.length;"
    "for(i=0;i<n;++i)if(this[i]!==undefined)v.push(this[i]);"
    "v=merged(v,by||plain);for(i=0;i<v.length;++i)this[i]=v[i];"
    "for(;i<n;++i)this[i]=undefined;return this}}"
    "Object.defineProperty(Array.prototype,'sort',{value:sorter(text),writable:true,configurable:true});"
    "var types=[Float64Array,Float32Array,Int32Array,Uint32Array,Uint16Array,Uint8Array],i;"
    "for(i=0;i<types.length;++i)Object.defineProperty(types[i].prototype,'sort',"
    "{value:sorter(function(a,b){return a-b}),writable:true,configurable:true})})();";

[[noreturn]] void fatal(void*, const char* message) {
  core::assertion_failed(message == nullptr ? "duktape" : message, __FILE__, __LINE__);
}

}  // namespace

struct ChartEngine::Impl {
  duk_context* heap = duk_create_heap(nullptr, nullptr, nullptr, nullptr, fatal);
  ~Impl() { duk_destroy_heap(heap); }

  [[noreturn]] void fail(const std::string& doing) {
    const std::string message = duk_safe_to_stacktrace(heap, -1);
    duk_pop(heap);
    throw core::RunError("charts, " + doing + ": " + message);
  }
  void run(std::string_view script, const std::string& doing) {
    if (duk_peval_lstring(heap, script.data(), script.size()) != 0) fail(doing);
    duk_pop(heap);
  }
  // Calls phreatic.<name>(...) with the arguments pushed by `push`, which returns their number.
  template <class Push>
  std::string call(const char* name, const Push& push) {
    duk_get_global_string(heap, "phreatic");
    duk_push_string(heap, name);
    const int arguments = push();
    if (duk_pcall_prop(heap, -2 - arguments, arguments) != DUK_EXEC_SUCCESS) {
      duk_remove(heap, -2);
      fail(name);
    }
    duk_size_t size = 0;
    const char* text = duk_get_lstring(heap, -1, &size);
    std::string result(text == nullptr ? "" : text, size);
    duk_pop_2(heap);
    duk_gc(heap, 0);
    return result;
  }
};

ChartEngine::ChartEngine() : impl_(std::make_unique<Impl>()) {
  PHREATIC_ASSERT(impl_->heap != nullptr);
  impl_->run(kHost, "host");
  impl_->run(bundle_script(), "loading");
}
ChartEngine::~ChartEngine() = default;

std::string ChartEngine::svg(const Json& content, int width_mm, const std::string& letter) {
  return impl_->call("svg", [&] {
    const std::string json = script_json(content);
    duk_push_lstring(impl_->heap, json.data(), json.size());
    duk_push_int(impl_->heap, width_mm);
    duk_push_string(impl_->heap, letter.c_str());
    return 3;
  });
}

std::string ChartEngine::csv(const Json& content) {
  return impl_->call("csv", [&] {
    const std::string json = script_json(content);
    duk_push_lstring(impl_->heap, json.data(), json.size());
    return 1;
  });
}

}  // namespace phreatic::report
