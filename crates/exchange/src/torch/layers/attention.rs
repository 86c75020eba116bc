//! `self_attention`

use network::{SelfAttention, Shape};

use super::Lines;
use crate::torch::code::Code;

impl Lines for SelfAttention {
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, _output: Shape) {
        let (height, width, channels) = input.pixels();
        let (heads, size) = (self.heads, self.key_size(channels));
        let inner = heads * size;
        code.line("x = x.flatten(2).transpose(1, 2)  # batch, pixels, channels");
        let projections = ["query", "key", "value"].map(|name| {
            let module = code.module(name, path, format!("nn.Linear({channels}, {inner})"));
            code.joined(path, &format!("{name}.kernel"), [channels, inner], &module, "weight");
            code.joined(path, &format!("{name}.bias"), [1, inner], &module, "bias");
            format!("self.{module}(x).unflatten(2, ({heads}, {size})).transpose(1, 2)")
        });
        code.line(format!("x = F.scaled_dot_product_attention({})", projections.join(", ")));
        let output = code.module("output", path, format!("nn.Linear({inner}, {channels})"));
        code.joined(path, "output.kernel", [inner, channels], &output, "weight");
        code.state(path, "output.bias", &[0], &output, "bias");
        code.line(format!("x = self.{output}(x.transpose(1, 2).flatten(2))"));
        code.line(format!("x = x.transpose(1, 2).unflatten(2, ({height}, {width}))"));
    }
}
