using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Arithmetic of two tensors, or of a tensor and a number.
    public partial class Tensor
    {
        public Tensor add(Tensor target) => Aten.add_Tensor.Call(this, target);

        public Tensor add(Scalar scalar) => Aten.add_Scalar.Call(this, scalar);

        public Tensor add(Tensor target, Scalar alpha) => Aten.add_Tensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar, Scalar alpha) => Aten.add_Scalar.Call(this, scalar, alpha);

        public Tensor add_(Tensor target) => Aten.add__Tensor.On(this, target);

        public Tensor add_(Scalar scalar) => Aten.add__Scalar.On(this, scalar);

        public Tensor add_(Tensor target, Scalar alpha) => Aten.add__Tensor.On(this, target, alpha);

        public Tensor add_(Scalar scalar, Scalar alpha) => Aten.add__Scalar.On(this, scalar, alpha);

        public Tensor sub(Tensor target) => Aten.sub_Tensor.Call(this, target);

        public Tensor sub(Scalar target) => Aten.sub_Scalar.Call(this, target);

        public Tensor sub_(Tensor target) => Aten.sub__Tensor.On(this, target);

        public Tensor sub_(Scalar target) => Aten.sub__Scalar.On(this, target);

        public Tensor subtract(Scalar target) => Aten.subtract_Scalar.Call(this, target);

        public Tensor subtract(Tensor target) => Aten.subtract_Tensor.Call(this, target);

        public Tensor subtract_(Scalar target) => Aten.subtract__Scalar.On(this, target);

        public Tensor subtract_(Tensor target) => Aten.subtract__Tensor.On(this, target);

        public Tensor mul(Tensor target) => Aten.mul_Tensor.Call(this, target);

        public Tensor mul(Scalar target) => Aten.mul_Scalar.Call(this, target);

        public Tensor mul_(Tensor target) => Aten.mul__Tensor.On(this, target);

        public Tensor mul_(Scalar target) => Aten.mul__Scalar.On(this, target);

        public Tensor multiply(Tensor target) => Aten.multiply_Tensor.Call(this, target);

        public Tensor multiply(Scalar target) => Aten.multiply_Scalar.Call(this, target);

        public Tensor pow(Tensor exponent) => Aten.pow_Tensor_Tensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => Aten.pow_Tensor_Scalar.Call(this, exponent);

        public Tensor pow_(Tensor exponent) => Aten.pow__Tensor.On(this, exponent);

        public Tensor pow_(Scalar exponent) => Aten.pow__Scalar.On(this, exponent);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Aten.addcdiv.Call(this, tensor1, tensor2);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcdiv.Call(this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Aten.addcdiv_.On(this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcdiv_.On(this, tensor1, tensor2, value);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcmul.Call(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcmul_.On(this, tensor1, tensor2, value);
    }
}
