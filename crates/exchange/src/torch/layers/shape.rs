//! `flatten`, `reshape`

use network::{Flatten, Reshape, Shape};

use super::Lines;
use crate::torch::code::Code;

impl Lines for Flatten {
    fn write(&self, code: &mut Code<'_>, _path: &str, input: Shape, _output: Shape) {
        code.flatten(input);
    }
}

impl Lines for Reshape {
    fn write(&self, code: &mut Code<'_>, _path: &str, input: Shape, output: Shape) {
        code.flatten(input);
        if let Shape::Image { .. } = output {
            code.image(output);
        }
    }
}
