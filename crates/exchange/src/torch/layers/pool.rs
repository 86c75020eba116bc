//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`. Padding takes no part.

use network::{AveragePool, GlobalAveragePool, MaxPool, Shape};

use super::Lines;
use super::convolution::sides;
use crate::border::Border;
use crate::torch::code::Code;

impl Lines for MaxPool {
    fn write(&self, code: &mut Code<'_>, _path: &str, input: Shape, output: Shape) {
        let (size, stride) = (self.size, self.stride.unwrap_or(self.size));
        let border = Border::of(input, output, size, stride, self.padding);
        if !border.is_empty() {
            code.line(format!("x = F.pad(x, {}, value=-torch.inf)", sides(border)));
        }
        let (size, stride) = ((size.rows, size.columns), (stride.rows, stride.columns));
        code.line(format!("x = F.max_pool2d(x, {size:?}, {stride:?})"));
    }
}

impl Lines for AveragePool {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, output: Shape) {
        let (size, stride) = (self.size, self.stride.unwrap_or(self.size));
        let border = Border::of(input, output, size, stride, self.padding);
        let (size, stride) = ((size.rows, size.columns), (stride.rows, stride.columns));
        if border.is_empty() {
            code.line(format!("x = F.avg_pool2d(x, {size:?}, {stride:?})"));
            return;
        }
        let (inside, sides) = (code.variable("inside", path), sides(border));
        code.line(format!("{inside} = F.pad(torch.ones_like(x[:1, :1]), {sides})  # padding does not count"));
        code.line(format!(
            "x = F.avg_pool2d(F.pad(x, {sides}), {size:?}, {stride:?}) / F.avg_pool2d({inside}, {size:?}, {stride:?})"
        ));
    }
}

impl Lines for GlobalAveragePool {
    fn write(&self, code: &mut Code<'_>, _path: &str, _input: Shape, _output: Shape) {
        code.line("x = x.mean((2, 3))");
    }
}
