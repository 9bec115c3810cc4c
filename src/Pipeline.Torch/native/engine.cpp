// C border between the managed tensor engine and libtorch.
//
// Nearly everything goes through one door: eng_call runs any dispatcher operator by its schema, so the border
// does not grow with the operators used and the same source compiles against libtorch 1.13 and every 2.x.
// No exception crosses the border: each entry returns an error kind and leaves the text in eng_last_error.
// A tensor handle is a bare at::TensorImpl* that owns one reference; null is the undefined tensor.

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarTypeToTypeMeta.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#if TORCH_VERSION_MAJOR >= 2
#include <optional>
template <typename T> using Optional = std::optional<T>;
#else
template <typename T> using Optional = c10::optional<T>;
#endif

#define ENG_API extern "C" __attribute__((visibility("default")))

namespace {

using at::Tensor;
using c10::IValue;

enum ErrorKind : int { kOk = 0, kTorchError = 1, kOutOfMemory = 2, kNoOperator = 3, kOtherError = 4, kBadArgument = 5 };

// Numbers of both enumerations are part of the border (Native/ValueTag.cs).
enum Tag : int32_t {
  kNone = 0, kTensor, kInt, kDouble, kBool, kIntList, kDoubleList, kBoolList, kTensorList, kOptionalTensorList,
  kString, kDevice, kGenerator, kScalarList, kDefault
};

struct Value {
  int32_t tag;
  int32_t n;
  union { int64_t i; double d; void* p; };
};
static_assert(sizeof(Value) == 16, "the managed side lays this out explicitly");

struct TensorInfo {
  int64_t numel, storage_offset, storage_bytes;
  int32_t ndim, dtype, element_size, device_type, device_index, flags;
};
enum TensorFlags : int32_t {
  kRequiresGrad = 1, kIsLeaf = 2, kIsContiguous = 4, kIsInference = 8, kIsConj = 16, kIsNeg = 32, kIsSparse = 64, kHasStorage = 128
};

struct BadArgument { std::string what; };
struct NoOperator { std::string what; };

thread_local std::string last_error;
thread_local std::vector<Value> pending_outs;

template <typename F> int guarded(F&& body) noexcept {
  try {
    body();
    return kOk;
  } catch (const BadArgument& e) {
    last_error = e.what;
    return kBadArgument;
  } catch (const NoOperator& e) {
    last_error = e.what;
    return kNoOperator;
  } catch (const c10::OutOfMemoryError& e) {
    last_error = e.what_without_backtrace();
    return kOutOfMemory;
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
    return kTorchError;
  } catch (const std::bad_alloc& e) {
    last_error = e.what();
    return kOutOfMemory;
  } catch (const std::exception& e) {
    last_error = e.what();
    return kOtherError;
  } catch (...) {
    last_error = "unknown native exception";
    return kOtherError;
  }
}

// ---- live bytes of CPU tensors ------------------------------------------------------------------------------------
// A thin layer over libtorch's own CPU allocator: it counts what is alive, whoever holds it (tensors, gradients,
// saved activations), and turns a failed allocation into the out-of-memory kind on every version.

std::atomic<int64_t> live_bytes{0};

struct CountingAllocator final : c10::Allocator {
  c10::Allocator* inner = nullptr;
  static CountingAllocator& instance() {
    static CountingAllocator* it = new CountingAllocator();
    return *it;
  }
  static void release(void* data) {
    if (data == nullptr) return;
    live_bytes.fetch_sub(static_cast<int64_t>(malloc_usable_size(data)), std::memory_order_relaxed);
    instance().inner->raw_deleter()(data);
  }
  c10::DataPtr take(size_t bytes) const {
    try {
      c10::DataPtr data = inner->allocate(bytes);
      void* p = data.get();
      if (p == nullptr || data.get_context() != p || !data.compare_exchange_deleter(inner->raw_deleter(), &release)) return data;
      live_bytes.fetch_add(static_cast<int64_t>(malloc_usable_size(p)), std::memory_order_relaxed);
      return data;
    } catch (const c10::Error& e) {
      throw c10::OutOfMemoryError({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, e.what_without_backtrace());
    }
  }
  // Whether allocate is const and whether copy_data exists differs between versions: what a version does not know is a plain member there.
  c10::DataPtr allocate(size_t bytes) const { return take(bytes); }
  c10::DataPtr allocate(size_t bytes) { return take(bytes); }
  void copy_data(void* target, const void* source, std::size_t count) const { std::memcpy(target, source, count); }
  c10::DeleterFnPtr raw_deleter() const { return &release; }
};

// ---- handles ------------------------------------------------------------------------------------------------------

Tensor borrow(void* handle) {
  if (handle == nullptr) return Tensor();
  return Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim_copy(static_cast<at::TensorImpl*>(handle)));
}

void* give(Tensor tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }

at::Generator borrow_generator(void* handle) {
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(static_cast<c10::GeneratorImpl*>(handle)));
}

// Low 32 bits: device type; high 32 bits: index, -1 for "the current one".
c10::Device device_of(int64_t code) {
  return c10::Device(static_cast<c10::DeviceType>(code & 0xff), static_cast<c10::DeviceIndex>(code >> 32));
}

// ---- operators ----------------------------------------------------------------------------------------------------

enum class Formal { Tensor, Int, Float, Bool, Scalar, IntList, FloatList, BoolList, TensorList, OptionalTensorList, ScalarList, String, Device, Generator, Other };

struct Parameter {
  Formal formal;
  bool optional;
  int32_t repeat;  // N of a fixed-size list such as int[2]: a single number stands for N equal ones; 0 otherwise
  bool has_default;
  IValue default_value;
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Parameter> parameters;
};

Formal formal_of(const c10::TypePtr& type) {
  // Only symbolic names of kinds: their numbers differ between versions.
  switch (type->kind()) {
    case c10::TypeKind::TensorType: return Formal::Tensor;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Formal::Int;
    case c10::TypeKind::FloatType: return Formal::Float;
    case c10::TypeKind::BoolType: return Formal::Bool;
    case c10::TypeKind::NumberType: return Formal::Scalar;
    case c10::TypeKind::StringType: return Formal::String;
    case c10::TypeKind::DeviceObjType: return Formal::Device;
    case c10::TypeKind::GeneratorType: return Formal::Generator;
    case c10::TypeKind::ListType: break;
    default: return Formal::Other;
  }
  const c10::TypePtr element = type->containedType(0);
  if (element->kind() == c10::TypeKind::OptionalType) return Formal::OptionalTensorList;
  switch (formal_of(element)) {
    case Formal::Tensor: return Formal::TensorList;
    case Formal::Int: return Formal::IntList;
    case Formal::Float: return Formal::FloatList;
    case Formal::Bool: return Formal::BoolList;
    case Formal::Scalar: return Formal::ScalarList;
    default: return Formal::Other;
  }
}

Parameter parameter_of(const c10::Argument& argument) {
  c10::TypePtr type = argument.type();
  const bool optional = type->kind() == c10::TypeKind::OptionalType;
  if (optional) type = type->containedType(0);
  const auto& fallback = argument.default_value();
  return {formal_of(type), optional, argument.N() ? static_cast<int32_t>(*argument.N()) : 0, fallback.has_value(),
          fallback.has_value() ? *fallback : IValue()};
}

template <typename T> c10::List<T> list_of(const Value& value) {
  c10::List<T> list;
  list.reserve(value.n);
  const T* items = static_cast<const T*>(value.p);
  for (int32_t k = 0; k < value.n; ++k) list.push_back(items[k]);
  return list;
}

IValue number_of(const Value& value) {
  switch (value.tag) {
    case kInt: return IValue(value.i);
    case kDouble: return IValue(value.d);
    case kBool: return IValue(value.i != 0);
    default: throw BadArgument{"a number is expected"};
  }
}

IValue list_argument(const Value& value, const Parameter& parameter, bool& ok) {
  switch (parameter.formal) {
    case Formal::IntList:
      if (value.tag == kIntList) return IValue(list_of<int64_t>(value));
      if (value.tag == kInt && parameter.repeat > 0) return IValue(c10::List<int64_t>(std::vector<int64_t>(parameter.repeat, value.i)));
      break;
    case Formal::FloatList:
      if (value.tag == kDoubleList) return IValue(list_of<double>(value));
      if (value.tag == kDouble && parameter.repeat > 0) return IValue(c10::List<double>(std::vector<double>(parameter.repeat, value.d)));
      break;
    case Formal::BoolList:
      if (value.tag == kBoolList) return IValue(list_of<bool>(value));
      break;
    case Formal::TensorList:
      if (value.tag == kTensorList) {
        c10::List<Tensor> list;
        list.reserve(value.n);
        for (int32_t k = 0; k < value.n; ++k) list.push_back(borrow(static_cast<void**>(value.p)[k]));
        return IValue(std::move(list));
      }
      break;
    case Formal::OptionalTensorList:
      if (value.tag == kOptionalTensorList || value.tag == kTensorList) {
        c10::List<Optional<Tensor>> list;
        list.reserve(value.n);
        for (int32_t k = 0; k < value.n; ++k) {
          void* item = static_cast<void**>(value.p)[k];
          list.push_back(item == nullptr ? Optional<Tensor>() : Optional<Tensor>(borrow(item)));
        }
        return IValue(std::move(list));
      }
      break;
    case Formal::ScalarList:
      if (value.tag == kScalarList) {
        auto list = c10::impl::GenericList(c10::NumberType::get());
        for (int32_t k = 0; k < value.n; ++k) list.push_back(number_of(static_cast<Value*>(value.p)[k]));
        return IValue(std::move(list));
      }
      break;
    default: break;
  }
  ok = false;
  return IValue();
}

// The boxed kernels do not convert: a float formal given an integer ends in an internal assertion. So every
// argument takes the type of its formal here.
IValue argument_of(const Value& value, const Parameter& parameter, bool& ok) {
  if (value.tag == kNone) {
    if (parameter.optional) return IValue();
    ok = false;
    return IValue();
  }
  switch (parameter.formal) {
    case Formal::Tensor:
      if (value.tag == kTensor) return IValue(borrow(value.p));
      break;
    case Formal::Int:
      if (value.tag == kInt) return IValue(value.i);
      if (value.tag == kBool) return IValue(static_cast<int64_t>(value.i != 0));
      break;
    case Formal::Float:
      if (value.tag == kDouble) return IValue(value.d);
      if (value.tag == kInt || value.tag == kBool) return IValue(static_cast<double>(value.i));
      break;
    case Formal::Bool:
      if (value.tag == kBool || value.tag == kInt) return IValue(value.i != 0);
      break;
    case Formal::Scalar:
      if (value.tag == kInt || value.tag == kDouble || value.tag == kBool) return number_of(value);
      break;
    case Formal::String:
      if (value.tag == kString) return IValue(std::string(static_cast<const char*>(value.p), value.n));
      break;
    case Formal::Device:
      if (value.tag == kDevice) return IValue(device_of(value.i));
      break;
    case Formal::Generator:
      if (value.tag == kGenerator) return IValue(borrow_generator(value.p));
      break;
    default: return list_argument(value, parameter, ok);
  }
  ok = false;
  return IValue();
}

const char* tag_name(int32_t tag) {
  static const char* names[] = {"nothing", "a tensor", "an integer", "a real number", "a boolean", "a list of integers", "a list of real numbers",
    "a list of booleans", "a list of tensors", "a list of optional tensors", "a string", "a device", "a generator", "a list of numbers", "the default"};
  return tag >= 0 && tag <= kDefault ? names[tag] : "an unknown value";
}

void fill_stack(const Operator& op, const Value* args, int nargs, torch::jit::Stack& stack) {
  const size_t count = op.parameters.size();
  if (static_cast<size_t>(nargs) > count) throw BadArgument{"too many arguments for " + c10::toString(op.handle.schema())};
  stack.reserve(count);
  for (size_t k = 0; k < count; ++k) {
    const Parameter& parameter = op.parameters[k];
    if (k >= static_cast<size_t>(nargs) || args[k].tag == kDefault) {
      if (!parameter.has_default && !parameter.optional) {
        throw BadArgument{"argument '" + op.handle.schema().arguments()[k].name() + "' is required by " + c10::toString(op.handle.schema())};
      }
      stack.push_back(parameter.default_value);
      continue;
    }
    bool ok = true;
    IValue converted = argument_of(args[k], parameter, ok);
    if (!ok) {
      throw BadArgument{"argument '" + op.handle.schema().arguments()[k].name() + "' cannot be " + tag_name(args[k].tag) + " in " +
                        c10::toString(op.handle.schema())};
    }
    stack.push_back(std::move(converted));
  }
}

Value tensor_out(Tensor tensor) {
  Value out{kTensor, 0, {}};
  out.p = give(std::move(tensor));
  return out;
}

void flatten(IValue&& value, std::vector<Value>& outs) {
  Value out{kNone, 0, {}};
  out.i = 0;
  if (value.isTensor()) {
    outs.push_back(tensor_out(std::move(value).toTensor()));
  } else if (value.isTensorList()) {
    for (const Tensor& tensor : value.toTensorVector()) outs.push_back(tensor_out(tensor));
  } else if (value.isDouble()) {
    out.tag = kDouble;
    out.d = value.toDouble();
    outs.push_back(out);
  } else if (value.isBool()) {
    out.tag = kBool;
    out.i = value.toBool();
    outs.push_back(out);
  } else if (value.isInt() || value.isSymInt()) {
    out.tag = kInt;
    out.i = value.isInt() ? value.toInt() : value.toSymInt().expect_int();
    outs.push_back(out);
  } else if (value.isNone()) {
    outs.push_back(out);
  } else {
    throw BadArgument{"the operator returns a " + value.tagKind() + ", which has no managed form"};
  }
}

void free_pending() {
  for (const Value& out : pending_outs) {
    if (out.tag == kTensor && out.p != nullptr) c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(static_cast<at::TensorImpl*>(out.p));
  }
  pending_outs.clear();
}

std::vector<Tensor> borrow_all(void** handles, int n) {
  std::vector<Tensor> tensors;
  tensors.reserve(n);
  for (int k = 0; k < n; ++k) tensors.push_back(borrow(handles[k]));
  return tensors;
}

int copy_text(const std::string& text, char* buffer, int capacity) {
  if (buffer != nullptr && capacity > 0) {
    const size_t n = std::min(text.size(), static_cast<size_t>(capacity - 1));
    std::memcpy(buffer, text.data(), n);
    buffer[n] = '\0';
  }
  return static_cast<int>(text.size());
}

}  // namespace

// ---- the border ---------------------------------------------------------------------------------------------------

ENG_API int eng_abi_version() { return 1; }

ENG_API const char* eng_torch_version() { return TORCH_VERSION; }

ENG_API int eng_last_error(char* buffer, int capacity) { return copy_text(last_error, buffer, capacity); }

// Called once, before the first tensor. Returns the address of the live-bytes counter, which may be read at any time.
ENG_API const int64_t* eng_start() {
  static const bool started = [] {
    CountingAllocator::instance().inner = c10::GetCPUAllocator();
    c10::SetCPUAllocator(&CountingAllocator::instance(), 255);
    return true;
  }();
  static_assert(sizeof(live_bytes) == sizeof(int64_t), "the counter is read as a plain 64-bit integer");
  return started ? reinterpret_cast<const int64_t*>(&live_bytes) : nullptr;
}

ENG_API int eng_op_find(const char* name, const char* overload, void** op) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle.has_value()) throw NoOperator{std::string(name) + (*overload != '\0' ? "." : "") + overload};
    auto found = std::make_unique<Operator>(Operator{*handle, {}});
    for (const c10::Argument& argument : handle->schema().arguments()) found->parameters.push_back(parameter_of(argument));
    *op = found.release();  // kept for the life of the process by the caller
  });
}

ENG_API int eng_op_schema(void* op, char* buffer, int capacity) {
  return copy_text(c10::toString(static_cast<Operator*>(op)->handle.schema()), buffer, capacity);
}

// Runs an operator. With capacity 0 the results are dropped (in-place operators: the caller has the tensor already).
// Results beyond the capacity wait on this thread for eng_call_rest.
ENG_API int eng_call(void* op, const Value* args, int nargs, Value* outs, int capacity, int* nouts) {
  return guarded([&] {
    const Operator& target = *static_cast<Operator*>(op);
    torch::jit::Stack stack;
    fill_stack(target, args, nargs, stack);
    target.handle.callBoxed(&stack);
    *nouts = 0;
    if (capacity == 0) return;
    if (stack.size() == 1 && stack[0].isTensor()) {
      outs[0] = tensor_out(std::move(stack[0]).toTensor());
      *nouts = 1;
      return;
    }
    free_pending();
    try {
      for (IValue& value : stack) flatten(std::move(value), pending_outs);
    } catch (...) {
      free_pending();
      throw;
    }
    *nouts = static_cast<int>(pending_outs.size());
    if (*nouts > capacity) return;
    std::copy(pending_outs.begin(), pending_outs.end(), outs);
    pending_outs.clear();
  });
}

ENG_API int eng_call_rest(Value* outs, int capacity) {
  const int n = std::min(static_cast<int>(pending_outs.size()), capacity);
  std::copy(pending_outs.begin(), pending_outs.begin() + n, outs);
  pending_outs.erase(pending_outs.begin(), pending_outs.begin() + n);
  free_pending();
  return n;
}

ENG_API void eng_tensor_free(void* handle) {
  if (handle != nullptr) c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(static_cast<at::TensorImpl*>(handle));
}

ENG_API void* eng_tensor_alias(void* handle) { return give(borrow(handle)); }

ENG_API int eng_tensor_info(void* handle, TensorInfo* info, int64_t* sizes, int64_t* strides, int capacity) {
  return guarded([&] {
    const Tensor tensor = borrow(handle);
    const int32_t n = static_cast<int32_t>(tensor.dim());
    const bool dense = tensor.layout() == c10::kStrided;
    const auto device = tensor.device();
    info->numel = tensor.numel();
    info->ndim = n;
    info->dtype = static_cast<int32_t>(tensor.scalar_type());
    info->element_size = static_cast<int32_t>(tensor.element_size());
    info->device_type = static_cast<int32_t>(device.type());
    info->device_index = device.index();
    info->storage_offset = dense ? tensor.storage_offset() : 0;
    info->storage_bytes = tensor.has_storage() ? static_cast<int64_t>(tensor.storage().nbytes()) : 0;
    info->flags = (tensor.requires_grad() ? kRequiresGrad : 0) | (tensor.is_leaf() ? kIsLeaf : 0) | (dense && tensor.is_contiguous() ? kIsContiguous : 0) |
                  (tensor.is_inference() ? kIsInference : 0) | (tensor.is_conj() ? kIsConj : 0) | (tensor.is_neg() ? kIsNeg : 0) |
                  (dense ? 0 : kIsSparse) | (tensor.has_storage() ? kHasStorage : 0);
    for (int32_t k = 0; k < n && k < capacity; ++k) {
      if (sizes != nullptr) sizes[k] = tensor.size(k);
      if (strides != nullptr) strides[k] = dense ? tensor.stride(k) : 0;
    }
  });
}

ENG_API int eng_tensor_data(void* handle, void** data) {
  return guarded([&] { *data = borrow(handle).data_ptr(); });
}

// `release` is called with `context` when the last tensor that uses the memory is gone; it may run on any thread.
ENG_API int eng_tensor_from_blob(void* data, const int64_t* sizes, const int64_t* strides, int ndim, int dtype, int64_t device,
                                 void (*release)(void*), void* context, void** out) {
  return guarded([&] {
    const auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype)).device(device_of(device));
    auto maker = at::for_blob(data, at::IntArrayRef(sizes, ndim));
    if (strides != nullptr) maker.strides(at::IntArrayRef(strides, ndim));
    if (release != nullptr) maker.deleter([release, context](void*) { release(context); });
    *out = give(maker.target_device(device_of(device)).options(options).make_tensor());
  });
}

ENG_API int eng_requires_grad_set(void* handle, int requires_grad) {
  return guarded([&] { borrow(handle).set_requires_grad(requires_grad != 0); });
}

ENG_API int eng_grad_get(void* handle, void** out) {
  return guarded([&] { *out = give(borrow(handle).grad()); });
}

ENG_API int eng_grad_set(void* handle, void* grad) {
  return guarded([&] { borrow(handle).mutable_grad() = borrow(grad); });
}

ENG_API int eng_backward(void** roots, void** grads, int n, int retain, int create, void** inputs, int ninputs) {
  return guarded([&] {
    torch::autograd::backward(borrow_all(roots, n), grads == nullptr ? std::vector<Tensor>() : borrow_all(grads, n),
                              retain < 0 ? Optional<bool>() : Optional<bool>(retain != 0), create != 0, borrow_all(inputs, ninputs));
  });
}

ENG_API int eng_grad(void** outputs, int noutputs, void** inputs, int ninputs, void** grad_outputs, int retain, int create, int allow_unused, void** results) {
  return guarded([&] {
    auto found = torch::autograd::grad(borrow_all(outputs, noutputs), borrow_all(inputs, ninputs),
                                       grad_outputs == nullptr ? std::vector<Tensor>() : borrow_all(grad_outputs, noutputs),
                                       retain < 0 ? Optional<bool>() : Optional<bool>(retain != 0), create != 0, allow_unused != 0);
    for (size_t k = 0; k < found.size(); ++k) results[k] = give(std::move(found[k]));
  });
}

ENG_API int eng_grad_mode_get() { return c10::GradMode::is_enabled(); }
ENG_API void eng_grad_mode_set(int enabled) { c10::GradMode::set_enabled(enabled != 0); }

// Inference mode is a scope of one thread: leave on the thread that entered, innermost first.
ENG_API void* eng_inference_enter(int enabled) { return new c10::InferenceMode(enabled != 0); }
ENG_API void eng_inference_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
ENG_API int eng_inference_get() { return c10::InferenceMode::is_enabled(); }

ENG_API int eng_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

// A generator of its own on that device, seeded as torch.Generator().manual_seed does.
ENG_API int eng_generator_new(uint64_t seed, int64_t device, void** out) {
  return guarded([&] {
    at::Generator generator = at::globalContext().defaultGenerator(device_of(device)).clone();
    generator.set_current_seed(seed);
    *out = generator.unsafeReleaseGeneratorImpl();
  });
}

ENG_API int eng_generator_default(int64_t device, void** out) {
  return guarded([&] {
    at::Generator generator = at::globalContext().defaultGenerator(device_of(device));
    *out = generator.unsafeReleaseGeneratorImpl();
  });
}

ENG_API void eng_generator_free(void* handle) {
  if (handle != nullptr) c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(static_cast<c10::GeneratorImpl*>(handle));
}

// seed: 0 sets it, 1 reads the one set last, 2 draws a new one.
ENG_API int eng_generator_seed(void* handle, int action, uint64_t* seed) {
  return guarded([&] {
    at::Generator generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    if (action == 0) generator.set_current_seed(*seed);
    else *seed = action == 1 ? generator.current_seed() : generator.seed();
  });
}

ENG_API int eng_generator_get_state(void* handle, void** out) {
  return guarded([&] { *out = give(borrow_generator(handle).get_state()); });
}

ENG_API int eng_generator_set_state(void* handle, void* state) {
  return guarded([&] { borrow_generator(handle).set_state(borrow(state)); });
}

ENG_API int eng_default_dtype_set(int dtype) {
  return guarded([&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype))); });
}

ENG_API int eng_set_num_threads(int n) {
  return guarded([&] { at::set_num_threads(n); });
}
ENG_API int eng_get_num_threads() { return at::get_num_threads(); }
ENG_API int eng_set_num_interop_threads(int n) {
  return guarded([&] { at::set_num_interop_threads(n); });
}
ENG_API int eng_get_num_interop_threads() { return static_cast<int>(at::get_num_interop_threads()); }

ENG_API int eng_cuda_available() { return at::hasCUDA(); }
ENG_API int eng_cuda_count() { return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0; }
ENG_API int eng_cuda_has_cudnn() { return at::hasCUDA() && at::detail::getCUDAHooks().hasCuDNN(); }
ENG_API int eng_cuda_sync(int device) {
  return guarded([&] {
#if TORCH_VERSION_MAJOR >= 2
    at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(device));
#else
    at::detail::getCUDAHooks().deviceSynchronize(static_cast<int64_t>(device));
#endif
  });
}

// which: 0 TF32 in matrix products, 1 TF32 in convolutions. A negative value only reads.
ENG_API int eng_allow_tf32(int which, int value) {
  auto& context = at::globalContext();
  if (value >= 0) which == 0 ? context.setAllowTF32CuBLAS(value != 0) : context.setAllowTF32CuDNN(value != 0);
  return which == 0 ? context.allowTF32CuBLAS() : context.allowTF32CuDNN();
}
