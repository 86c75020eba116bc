//! `dropout`

use network::{Draw, Dropout};
use random::Stream;

use super::Forward;
use crate::batch::Batch;
use crate::pass::{Mode, Pass};

impl Forward for Dropout {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let Mode::Training { draw: Draw { seed, step }, first, images } = pass.mode else { return x };
        let before = first * (x.rows / images);
        let stream = Stream::new(seed, &format!("dropout.{path}"));
        let factor = 1.0 / (1.0 - f64::from(self.rate));
        let mut uniforms = vec![0.0f32; x.shape.len()];
        let mut factors = Vec::with_capacity(x.len());
        for row in 0..x.rows {
            stream.uniforms(step, (before + row) as u32, &mut uniforms);
            factors.extend(uniforms.iter().map(|u| if *u >= self.rate { factor } else { 0.0 }));
        }
        let factors = pass.tape.given(factors);
        x.with(pass.tape.multiply(x.values, factors), x.shape)
    }
}
