//! `conv2d`, `conv2d_transpose`. Paddings are written out: `auto_pad` is read in different ways.

use network::{Conv2d, Conv2dTranspose, ConvPadding, Pair, Shape};

use super::Operators;
use crate::border::{Border, Crop};
use crate::onnx::graph::Attribute::Ints;
use crate::onnx::graph::{Graph, Value};

/// A pair as ONNX writes it.
pub fn pair(pair: Pair) -> [i64; 2] {
    [pair.rows as i64, pair.columns as i64]
}

/// A border as ONNX writes it.
pub fn pads(border: Border) -> [i64; 4] {
    [border.above, border.left, border.below, border.right].map(|n| n as i64)
}

impl Operators for Conv2d {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, output: Shape) -> String {
        let mut pads = pads(Border::of(x.shape, output, self.kernel, self.stride, self.padding.windows()));
        let mut input = x.name.clone();
        if self.padding == ConvPadding::Reflect {
            let [above, left, below, right] = std::mem::take(&mut pads);
            let border = graph.ints(&[0, 0, above, left, 0, 0, below, right]);
            let mode = ("mode", crate::onnx::graph::Attribute::Text("reflect"));
            input = graph.node("Pad", &[&input, &border], &[mode]);
        }
        let kernel = graph.permuted_parameter(path, "kernel", &[3, 2, 0, 1]); // HWIO to OIHW
        let bias = graph.parameter(path, "bias");
        let attributes = [
            ("kernel_shape", Ints(&pair(self.kernel))),
            ("strides", Ints(&pair(self.stride))),
            ("pads", Ints(&pads)),
        ];
        let y = graph.node("Conv", &[&input, &kernel, &bias], &attributes);
        graph.activate(self.activation, y)
    }
}

impl Operators for Conv2dTranspose {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, output: Shape) -> String {
        let crop = Crop::of(x.shape, output, self.kernel, self.stride, self.padding);
        let Crop { above, left, below, right, more_rows, more_columns } = crop;
        let kernel = graph.permuted_parameter(path, "kernel", &[3, 2, 0, 1]); // HWOI to IOHW
        let bias = graph.parameter(path, "bias");
        let attributes = [
            ("kernel_shape", Ints(&pair(self.kernel))),
            ("strides", Ints(&pair(self.stride))),
            ("pads", Ints(&[above, left, below, right].map(|n| n as i64))),
            ("output_padding", Ints(&[more_rows as i64, more_columns as i64])),
        ];
        let y = graph.node("ConvTranspose", &[&x.name, &kernel, &bias], &attributes);
        graph.activate(self.activation, y)
    }
}
