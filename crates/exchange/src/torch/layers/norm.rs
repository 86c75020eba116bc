//! `group_norm`, `layer_norm`, `batch_norm`

use network::{BatchNorm, GroupNorm, LayerNorm, Shape};

use super::Lines;
use crate::torch::code::Code;

/// γ and β as PyTorch names them.
fn scale_and_shift(code: &mut Code<'_>, path: &str, module: &str) {
    code.state(path, "gamma", &[0], module, "weight");
    code.state(path, "beta", &[0], module, "bias");
}

impl Lines for GroupNorm {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, _output: Shape) {
        let make = format!("nn.GroupNorm({}, {}, eps={:?})", self.groups, input.pixels().2, self.epsilon);
        let module = code.module("group_norm", path, make);
        scale_and_shift(code, path, &module);
        code.line(format!("x = self.{module}(x)"));
        code.activate(self.activation);
    }
}

impl Lines for LayerNorm {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, _output: Shape) {
        let make = format!("nn.LayerNorm({}, eps={:?})", input.pixels().2, self.epsilon);
        let module = code.module("layer_norm", path, make);
        scale_and_shift(code, path, &module);
        code.line(match input {
            Shape::Vector(_) => format!("x = self.{module}(x)"),
            Shape::Image { .. } => {
                format!(
                    "x = self.{module}(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # channels of each pixel"
                )
            }
        });
        code.activate(self.activation);
    }
}

impl Lines for BatchNorm {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, _output: Shape) {
        let kind = match input {
            Shape::Vector(_) => "BatchNorm1d",
            Shape::Image { .. } => "BatchNorm2d",
        };
        // Keras' momentum is of the average, PyTorch's of what is new.
        let (channels, momentum) = (input.pixels().2, 1.0 - f64::from(self.momentum));
        let make = format!("nn.{kind}({channels}, eps={:?}, momentum={momentum:.6})", self.epsilon);
        let module = code.module("batch_norm", path, make);
        scale_and_shift(code, path, &module);
        code.state(path, "moving_mean", &[0], &module, "running_mean");
        code.state(path, "moving_variance", &[0], &module, "running_var");
        code.counter(&module, "num_batches_tracked");
        code.line(format!("x = self.{module}(x)"));
        code.activate(self.activation);
    }
}
