//! `dense`, `gated_dense`

use network::{Dense, GatedDense, Shape};

use super::Lines;
use crate::torch::code::{Code, call};

impl Lines for Dense {
    fn write(&self, code: &mut Code<'_>, path: &str, _input: Shape, _output: Shape) {
        let module = code.linear("dense", path, "");
        code.line(format!("x = self.{module}(x)"));
        code.activate(self.activation);
    }
}

impl Lines for GatedDense {
    fn write(&self, code: &mut Code<'_>, path: &str, _input: Shape, _output: Shape) {
        let value = code.linear("value", path, "value.");
        let gate = code.linear("gate", path, "gate.");
        let value = format!("self.{value}(x)");
        let value = call(self.activation, &value).unwrap_or(value);
        code.line(format!("x = {value} * torch.sigmoid(self.{gate}(x))"));
    }
}
