//! `conv2d`, `conv2d_transpose`. Paddings are written out, the odd pixel behind as in Keras.

use network::{Conv2d, Conv2dTranspose, ConvPadding, Pair, Shape};

use super::Lines;
use crate::border::{Border, Crop};
use crate::torch::code::Code;

fn pair(pair: Pair) -> String {
    format!("({}, {})", pair.rows, pair.columns)
}

/// `left, right, top, bottom`, as `F.pad` takes them.
pub fn sides(Border { above, left, below, right }: Border) -> String {
    format!("({left}, {right}, {above}, {below})")
}

impl Lines for Conv2d {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, output: Shape) {
        let border = Border::of(input, output, self.kernel, self.stride, self.padding.windows());
        let mut make = format!(
            "nn.Conv2d({}, {}, {}, stride={}",
            input.pixels().2,
            self.filters,
            pair(self.kernel),
            pair(self.stride)
        );
        match self.padding {
            ConvPadding::Reflect if !border.is_empty() => {
                code.line(format!("x = F.pad(x, {}, mode=\"reflect\")", sides(border)));
            }
            _ if border.is_even() && !border.is_empty() => {
                make += &format!(", padding=({}, {})", border.above, border.left);
            }
            _ if !border.is_empty() => code.line(format!("x = F.pad(x, {})", sides(border))),
            _ => {}
        }
        let module = code.module("conv2d", path, make + ")");
        code.state(path, "kernel", &[3, 2, 0, 1], &module, "weight"); // HWIO to OIHW
        code.state(path, "bias", &[0], &module, "bias");
        code.line(format!("x = self.{module}(x)"));
        code.activate(self.activation);
    }
}

impl Lines for Conv2dTranspose {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, output: Shape) {
        let Crop { above, left, more_rows, more_columns, .. } =
            Crop::of(input, output, self.kernel, self.stride, self.padding);
        let mut make = format!(
            "nn.ConvTranspose2d({}, {}, {}, stride={}",
            input.pixels().2,
            self.filters,
            pair(self.kernel),
            pair(self.stride)
        );
        if more_rows + more_columns > 0 {
            make += &format!(", output_padding=({more_rows}, {more_columns})");
        }
        let module = code.module("conv2d_transpose", path, make + ")");
        code.state(path, "kernel", &[3, 2, 0, 1], &module, "weight"); // HWOI to IOHW
        code.state(path, "bias", &[0], &module, "bias");
        let (rows, columns, _) = output.pixels();
        let crop = format!("[:, :, {above}:{}, {left}:{}]", above + rows, left + columns);
        code.line(format!("x = self.{module}(x){crop}"));
        code.activate(self.activation);
    }
}

/// A 1 × 1 convolution with the tensors of `path` that begin with `prefix`; gives its name.
pub fn pointwise(code: &mut Code<'_>, kind: &str, path: &str, prefix: &str, stride: Pair) -> String {
    let shape = code.tensor(path, &format!("{prefix}kernel")).shape;
    let make = format!("nn.Conv2d({}, {}, (1, 1), stride={})", shape[2], shape[3], pair(stride));
    let module = code.module(kind, path, make);
    code.state(path, &format!("{prefix}kernel"), &[3, 2, 0, 1], &module, "weight");
    code.state(path, &format!("{prefix}bias"), &[0], &module, "bias");
    module
}
