//! `upsample2d`

use network::{Interpolation, Shape, UpSample};

use super::Lines;
use crate::torch::code::Code;

impl Lines for UpSample {
    fn write(&self, code: &mut Code<'_>, _path: &str, _input: Shape, output: Shape) {
        let (rows, columns, _) = output.pixels();
        let how = match self.interpolation {
            Interpolation::Nearest => "mode=\"nearest\"",
            Interpolation::Bilinear => "mode=\"bilinear\", align_corners=False",
        };
        code.line(format!("x = F.interpolate(x, ({rows}, {columns}), {how})"));
    }
}
