//! `activation`

use network::{Activate, Shape};

use super::Lines;
use crate::torch::code::Code;

impl Lines for Activate {
    fn write(&self, code: &mut Code<'_>, _path: &str, _input: Shape, _output: Shape) {
        code.activate(self.activation);
    }
}
