//! `residual`, `branches`

use network::{Branches, Merge, Residual, Shape, Shortcut};

use super::convolution::pointwise;
use super::{Lines, chain};
use crate::torch::code::Code;

impl Lines for Residual {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, output: Shape) {
        let shortcut = code.variable("shortcut", path);
        let value = match (self.shortcut, output) {
            (Shortcut::Identity, _) => "x".to_owned(),
            (Shortcut::Projection, Shape::Vector(_)) => {
                format!("self.{}(x)", code.linear("projection", path, "shortcut."))
            }
            (Shortcut::Projection, Shape::Image { .. }) => {
                let stride = Residual::projection_stride(input, output);
                format!("self.{}(x)", pointwise(code, "projection", path, "shortcut.", stride))
            }
        };
        code.line(format!("{shortcut} = {value}"));
        chain(&self.layers, code, &format!("{path}.layers"), input);
        code.line(format!("x = x + {shortcut}"));
        code.activate(self.activation);
    }
}

impl Lines for Branches {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, _output: Shape) {
        let before = code.variable("before", path);
        code.line(format!("{before} = x"));
        let mut outputs = Vec::new();
        for (index, layers) in self.branches.iter().enumerate() {
            let place = format!("{path}.branches.{index}");
            if layers.is_empty() {
                outputs.push(before.clone());
                continue;
            }
            if index > 0 {
                code.line(format!("x = {before}"));
            }
            chain(layers, code, &place, input);
            let output = code.variable("branch", &place);
            code.line(format!("{output} = x"));
            outputs.push(output);
        }
        code.line(match self.merge {
            Merge::Add => format!("x = {}", outputs.join(" + ")),
            Merge::Concat => format!("x = torch.cat([{}], 1)", outputs.join(", ")),
        });
    }
}
