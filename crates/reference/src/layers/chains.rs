//! `residual`, `branches`

use network::{Branches, LayerRule, Merge, Padding, Pair, Residual, Shape, Shortcut};

use super::convolution::{pick_pixels, windows};
use super::{Forward, affine, chain};
use crate::activation::activate;
use crate::batch::Batch;
use crate::pass::Pass;

impl Forward for Residual {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let y = chain(&self.layers, pass, &format!("{path}.layers"), x);
        let shortcut = match (self.shortcut, y.shape) {
            (Shortcut::Identity, _) => x.values,
            (Shortcut::Projection, Shape::Vector(_)) => affine(pass, path, "shortcut.", x.values, x.rows),
            (Shortcut::Projection, Shape::Image { .. }) => {
                let stride = Residual::projection_stride(x.shape, y.shape);
                let pixels = windows(x.shape, y.shape, Pair::square(1), stride, Padding::Same, false);
                let pixels = pick_pixels(&mut pass.tape, x, &pixels);
                affine(pass, path, "shortcut.", pixels, y.pixels())
            }
        };
        let sum = pass.tape.add(y.values, shortcut);
        y.with(activate(&mut pass.tape, self.activation, sum), y.shape)
    }
}

impl Forward for Branches {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let shape = self.output_shape(x.shape).expect("the network was checked");
        let channels = shape.pixels().2;
        let (mut sum, mut before) = (None, 0);
        for (index, layers) in self.branches.iter().enumerate() {
            let y = chain(layers, pass, &format!("{path}.branches.{index}"), x);
            let part = match self.merge {
                Merge::Add => y.values,
                // Its channels in their places, zeros in the others'.
                Merge::Concat => {
                    let own = y.channels();
                    let place = |i: usize| {
                        let channel = (i % channels).checked_sub(before).filter(|channel| *channel < own);
                        channel.map(|channel| i / channels * own + channel)
                    };
                    let table = (0..shape.len()).map(place).collect();
                    before += own;
                    pass.tape.pick(y.values, y.rows, table, 0.0)
                }
            };
            sum = Some(sum.map_or(part, |sum| pass.tape.add(sum, part)));
        }
        x.with(sum.expect("at least two branches"), shape)
    }
}
