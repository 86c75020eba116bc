//! `dense`, `gated_dense`

use network::{Activation, Dense, GatedDense, Shape};

use super::{Forward, affine};
use crate::activation::activate;
use crate::batch::Batch;
use crate::pass::Pass;

impl Forward for Dense {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let y = affine(pass, path, "", x.values, x.rows);
        x.with(activate(&mut pass.tape, self.activation, y), Shape::Vector(self.units))
    }
}

impl Forward for GatedDense {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let value = affine(pass, path, "value.", x.values, x.rows);
        let value = activate(&mut pass.tape, self.activation, value);
        let gate = affine(pass, path, "gate.", x.values, x.rows);
        let gate = activate(&mut pass.tape, Activation::Sigmoid, gate);
        x.with(pass.tape.multiply(value, gate), Shape::Vector(self.units))
    }
}
