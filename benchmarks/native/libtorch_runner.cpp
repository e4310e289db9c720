// Runs TorchScript with LibTorch alone: what the runtime `libtorch` calls through ctypes.
//
// The caller hands over pointers to its own tensors and reads the outputs where they lie. A function that can
// fail returns false or a null pointer, and `runner_error` then has the words: no exception leaves this file.
// One thread uses a runner at a time, and a place is below the count that was given.

#include <ATen/Parallel.h>
#include <torch/script.h>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

thread_local std::string words;

const std::pair<const char*, c10::ScalarType> types[] = {
    {"bool", c10::kBool},        {"uint8", c10::kByte},       {"int8", c10::kChar},
    {"int16", c10::kShort},      {"int32", c10::kInt},        {"int64", c10::kLong},
    {"float16", c10::kHalf},     {"bfloat16", c10::kBFloat16}, {"float32", c10::kFloat},
    {"float64", c10::kDouble},   {"uint16", c10::kUInt16},    {"uint32", c10::kUInt32},
    {"uint64", c10::kUInt64},    {"complex64", c10::kComplexFloat}, {"complex128", c10::kComplexDouble},
};

c10::ScalarType type_of(const std::string& name) {
  for (const auto& [known, type] : types)
    if (name == known) return type;
  throw std::invalid_argument("no tensor of type " + name);
}

const char* name_of(c10::ScalarType type) {
  for (const auto& [name, known] : types)
    if (type == known) return name;
  throw std::invalid_argument(std::string("an output of type ") + c10::toString(type));
}

// The tensors of a result in a fixed order: tuples and lists in theirs, dictionaries by insertion. Anything else
// in a result is left out. The same as `torch_session.flatten`.
void flatten(const c10::IValue& value, std::vector<at::Tensor>& found) {
  if (value.isTensor()) {
    found.push_back(value.toTensor().detach().contiguous());
  } else if (value.isTuple()) {
    for (const auto& item : value.toTupleRef().elements()) flatten(item, found);
  } else if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) flatten(item, found);
  } else if (value.isGenericDict()) {
    for (const auto& item : value.toGenericDict()) flatten(item.value(), found);
  }
}

template <typename Work>
bool tried(Work work) {
  try {
    work();
    return true;
  } catch (const c10::Error& error) {
    words = error.what_without_backtrace();
  } catch (const std::exception& error) {
    words = error.what();
  } catch (...) {
    words = "something that is no exception was thrown";
  }
  return false;
}

}  // namespace

struct Runner {
  torch::jit::Module module;
  std::string extra;
  std::vector<std::string> inputs;
  std::vector<c10::IValue> bound;
  c10::IValue result;
  std::vector<at::Tensor> outputs;
};

extern "C" {

const char* runner_error() { return words.c_str(); }

// Loads the file onto the CPU, with its extra file of the given name. Null where it does not load.
Runner* runner_load(const char* path, const char* extra, int threads) {
  Runner* runner = nullptr;
  const bool done = tried([&] {
    at::set_num_threads(threads);
    auto loading = std::make_unique<Runner>();
    std::unordered_map<std::string, std::string> extras{{extra, ""}};
    loading->module = torch::jit::load(path, c10::kCPU, extras);
    loading->module.eval();
    loading->extra = extras[extra];
    const auto& arguments = loading->module.get_method("forward").function().getSchema().arguments();
    for (size_t place = 1; place < arguments.size(); ++place)  // the first is the module itself
      if (!arguments[place].default_value()) loading->inputs.push_back(arguments[place].name());
    runner = loading.release();
  });
  return done ? runner : nullptr;
}

void runner_free(Runner* runner) { delete runner; }

int runner_threads() { return at::get_num_threads(); }

const char* runner_extra(const Runner* runner, size_t* length) {
  *length = runner->extra.size();
  return runner->extra.data();
}

size_t runner_input_count(const Runner* runner) { return runner->inputs.size(); }

const char* runner_input_name(const Runner* runner, size_t place) { return runner->inputs[place].c_str(); }

// `count` tensors of the caller's, contiguous and alive until the next binding; `sizes` holds those of all, one
// tensor after another.
bool runner_bind(Runner* runner, size_t count, void* const* data, const char* const* dtypes,
                 const size_t* ranks, const int64_t* sizes) {
  return tried([&] {
    runner->bound.clear();
    for (size_t place = 0; place < count; ++place) {
      const at::IntArrayRef shape(sizes, ranks[place]);
      runner->bound.emplace_back(torch::from_blob(data[place], shape, type_of(dtypes[place])));
      sizes += ranks[place];
    }
  });
}

bool runner_call(Runner* runner) {
  return tried([&] {
    const c10::InferenceMode guard;
    runner->result = runner->module.forward(runner->bound);
  });
}

// As many calls as `count`, the nanoseconds of each in `durations`.
bool runner_timed(Runner* runner, size_t count, int64_t* durations) {
  using clock = std::chrono::steady_clock;
  return tried([&] {
    const c10::InferenceMode guard;
    for (size_t number = 0; number < count; ++number) {
      const auto start = clock::now();
      runner->result = runner->module.forward(runner->bound);
      durations[number] = std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - start).count();
    }
  });
}

// Finds the tensors of the last call's result, which the functions below read until the next time.
bool runner_flatten(Runner* runner, size_t* count) {
  return tried([&] {
    const c10::InferenceMode guard;
    runner->outputs.clear();
    flatten(runner->result, runner->outputs);
    for (const auto& output : runner->outputs) name_of(output.scalar_type());
    *count = runner->outputs.size();
  });
}

const char* runner_output_dtype(const Runner* runner, size_t place) {
  return name_of(runner->outputs[place].scalar_type());
}

const int64_t* runner_output_shape(const Runner* runner, size_t place, size_t* rank) {
  const auto sizes = runner->outputs[place].sizes();
  *rank = sizes.size();
  return sizes.data();
}

const void* runner_output_data(const Runner* runner, size_t place) {
  return runner->outputs[place].const_data_ptr();
}

}  // extern "C"
