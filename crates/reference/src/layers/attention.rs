//! `self_attention`

use network::SelfAttention;

use super::{Forward, affine};
use crate::batch::Batch;
use crate::pass::Pass;
use crate::tape::{Product, Tape, Var};

/// softmax over each run of `run` values: eˣ / Σ eˣ, with the largest taken off first.
fn softmax(tape: &mut Tape, x: Var, run: usize) -> Var {
    let len = tape.len(x);
    let largest = tape.largest(x, run);
    let largest = tape.spread(largest, len, |i| i / run);
    let below = tape.subtract(x, largest);
    let powers = tape.exp(below);
    let sums = tape.sums(powers, len / run, move |i| i / run);
    let sums = tape.spread(sums, len, |i| i / run);
    tape.divide(powers, sums)
}

impl Forward for SelfAttention {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let (heads, size) = (self.heads, self.key_size(x.channels()));
        let pixels = x.pixels() / x.rows;
        let project = |pass: &mut Pass<'_>, name| affine(pass, path, name, x.values, x.pixels());
        let [query, key, value] = ["query.", "key.", "value."].map(|name| project(pass, name)); // [rows, pixels, heads, size]
        let tape = &mut pass.tape;
        let query = tape.scale(query, 1.0 / (size as f64).sqrt());
        // Places in [pixels, heads, size].
        let place = |head: usize, pixel: usize, j: usize| Some((pixel * heads + head) * size + j);
        let by_head: Vec<_> = (0..heads * pixels * size) // [heads, pixels, size]
            .map(|i| place(i / size / pixels, i / size % pixels, i % size))
            .collect();
        let across: Vec<_> = (0..heads * pixels * size) // [heads, size, pixels]
            .map(|i| place(i / pixels / size, i % pixels, i / pixels % size))
            .collect();
        let query = tape.pick(query, x.rows, by_head.clone(), 0.0);
        let key = tape.pick(key, x.rows, across, 0.0);
        let value = tape.pick(value, x.rows, by_head, 0.0);
        let batch = x.rows * heads;
        let scores = Product { batch, rows: pixels, inner: size, columns: pixels };
        let scores = tape.product(query, key, scores); // [rows, heads, pixels, pixels]
        let weights = softmax(tape, scores, pixels);
        let mixed = Product { batch, rows: pixels, inner: pixels, columns: size };
        let mixed = tape.product(weights, value, mixed); // [rows, heads, pixels, size]
        let together =
            (0..pixels * heads * size) // [pixels, heads, size]
                .map(|i| Some((i / size % heads * pixels + i / size / heads) * size + i % size))
                .collect();
        let mixed = tape.pick(mixed, x.rows, together, 0.0);
        x.with(affine(pass, path, "output.", mixed, x.pixels()), x.shape)
    }
}
