//! `dropout`

use network::{Dropout, Shape};

use super::Lines;
use crate::torch::code::Code;

impl Lines for Dropout {
    fn write(&self, code: &mut Code<'_>, _path: &str, _input: Shape, _output: Shape) {
        code.line(format!("x = F.dropout(x, {:?}, self.training)", self.rate));
    }
}
