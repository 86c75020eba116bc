//! `flatten`, `reshape`

use network::{Flatten, Reshape, Shape};

use super::Forward;
use crate::batch::Batch;
use crate::pass::Pass;

impl Forward for Flatten {
    fn forward(&self, _pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        x.with(x.values, Shape::Vector(x.shape.len()))
    }
}

impl Forward for Reshape {
    fn forward(&self, _pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        x.with(x.values, self.shape)
    }
}
