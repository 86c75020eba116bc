//! Reverse-mode differentiation: every operation is written down with the way back through it.
//!
//! Values are flat; who computes knows their shapes. The operations are few, and all that they say of derivatives is in
//! this file: a function of each value, of pairs of values, picking values by a table, sums by a table, products of
//! matrices, and the largest of each run of values.

use std::rc::Rc;

/// A value on a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var(usize);

/// Adds to the gradients of an operation's arguments what its result's gradient gives them.
type Pullback = Box<dyn Fn(&[f64], &mut Gradients)>;

struct Node {
    value: Rc<[f64]>,
    /// None for what was given.
    pullback: Option<Pullback>,
}

/// What was computed, first to last.
#[derive(Default)]
pub struct Tape {
    nodes: Vec<Node>,
}

/// The derivatives of one number with respect to everything on its tape.
pub struct Gradients {
    of: Vec<Vec<f64>>,
    lens: Vec<usize>,
}

/// `batch` products of `[rows, inner]` with `[inner, columns]`.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// How many, of matrices that lie one after the other.
    pub batch: usize,
    /// Rows of the left and of the result.
    pub rows: usize,
    /// Columns of the left, rows of the right.
    pub inner: usize,
    /// Columns of the right and of the result.
    pub columns: usize,
}

impl Tape {
    fn push(&mut self, value: Vec<f64>, pullback: Option<Pullback>) -> Var {
        self.nodes.push(Node { value: value.into(), pullback });
        Var(self.nodes.len() - 1)
    }

    /// Values that are not computed.
    pub fn given(&mut self, value: Vec<f64>) -> Var {
        self.push(value, None)
    }

    /// The values of `x`.
    pub fn value(&self, x: Var) -> Rc<[f64]> {
        self.nodes[x.0].value.clone()
    }

    /// How many values `x` has.
    pub fn len(&self, x: Var) -> usize {
        self.nodes[x.0].value.len()
    }

    /// f(x) of each value, whose derivative is `slope`(x).
    pub fn map(&mut self, x: Var, f: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64 + 'static) -> Var {
        let at = self.value(x);
        let value = at.iter().map(|x| f(*x)).collect();
        let pullback = move |dy: &[f64], gradients: &mut Gradients| {
            let dx = gradients.of(x);
            for (i, dy) in dy.iter().enumerate() {
                dx[i] += dy * slope(at[i]);
            }
        };
        self.push(value, Some(Box::new(pullback)))
    }

    /// f(a, b) of each pair of values, whose derivatives are `slopes`(a, b).
    fn pairs(
        &mut self,
        a: Var,
        b: Var,
        f: impl Fn(f64, f64) -> f64,
        slopes: impl Fn(f64, f64) -> (f64, f64) + 'static,
    ) -> Var {
        let (left, right) = (self.value(a), self.value(b));
        assert_eq!(left.len(), right.len(), "values in pairs");
        let value = std::iter::zip(left.iter(), right.iter()).map(|(a, b)| f(*a, *b)).collect();
        let pullback = move |dy: &[f64], gradients: &mut Gradients| {
            for (i, dy) in dy.iter().enumerate() {
                let (by_a, by_b) = slopes(left[i], right[i]);
                gradients.of(a)[i] += dy * by_a;
                gradients.of(b)[i] += dy * by_b;
            }
        };
        self.push(value, Some(Box::new(pullback)))
    }

    /// a + b
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        self.pairs(a, b, |a, b| a + b, |_, _| (1.0, 1.0))
    }

    /// a − b
    pub fn subtract(&mut self, a: Var, b: Var) -> Var {
        self.pairs(a, b, |a, b| a - b, |_, _| (1.0, -1.0))
    }

    /// a · b, value by value
    pub fn multiply(&mut self, a: Var, b: Var) -> Var {
        self.pairs(a, b, |a, b| a * b, |a, b| (b, a))
    }

    /// a / b, value by value
    pub fn divide(&mut self, a: Var, b: Var) -> Var {
        self.pairs(a, b, |a, b| a / b, |a, b| (1.0 / b, -a / (b * b)))
    }

    /// factor · x
    pub fn scale(&mut self, x: Var, factor: f64) -> Var {
        self.map(x, |x| factor * x, move |_| factor)
    }

    /// x², value by value
    pub fn square(&mut self, x: Var) -> Var {
        self.map(x, |x| x * x, |x| 2.0 * x)
    }

    /// eˣ
    pub fn exp(&mut self, x: Var) -> Var {
        self.map(x, f64::exp, f64::exp)
    }

    /// Of each of `rows` equal parts of `x` the values at the places in `table`, in its order; `fill` where it holds none.
    pub fn pick(&mut self, x: Var, rows: usize, table: Vec<Option<usize>>, fill: f64) -> Var {
        let from = self.value(x);
        let n = from.len() / rows;
        let mut value = Vec::with_capacity(rows * table.len());
        for row in 0..rows {
            value.extend(table.iter().map(|place| place.map_or(fill, |place| from[row * n + place])));
        }
        let pullback = move |dy: &[f64], gradients: &mut Gradients| {
            let dx = gradients.of(x);
            for (row, dy) in dy.chunks_exact(table.len()).enumerate() {
                for (place, dy) in std::iter::zip(&table, dy) {
                    if let Some(place) = place {
                        dx[row * n + place] += dy;
                    }
                }
            }
        };
        self.push(value, Some(Box::new(pullback)))
    }

    /// `len` sums: value i of `x` goes into the sum `into`(i).
    pub fn sums(&mut self, x: Var, len: usize, into: impl Fn(usize) -> usize + 'static) -> Var {
        let mut value = vec![0.0; len];
        for (i, x) in self.value(x).iter().enumerate() {
            value[into(i)] += x;
        }
        let pullback = move |dy: &[f64], gradients: &mut Gradients| {
            for (i, dx) in gradients.of(x).iter_mut().enumerate() {
                *dx += dy[into(i)];
            }
        };
        self.push(value, Some(Box::new(pullback)))
    }

    /// `len` values, of which value i is that of `x` at `from`(i).
    pub fn spread(&mut self, x: Var, len: usize, from: impl Fn(usize) -> usize) -> Var {
        let table = (0..len).map(|i| Some(from(i))).collect();
        self.pick(x, 1, table, 0.0)
    }

    /// The products of the matrices in `a` with those in `b`.
    pub fn product(&mut self, a: Var, b: Var, product: Product) -> Var {
        let Product { batch, rows, inner, columns } = product;
        let (left, right) = (self.value(a), self.value(b));
        assert_eq!((left.len(), right.len()), (batch * rows * inner, batch * inner * columns), "{product:?}");
        let mut value = vec![0.0; batch * rows * columns];
        for m in 0..batch {
            for i in 0..rows {
                let out = &mut value[(m * rows + i) * columns..][..columns];
                for k in 0..inner {
                    let factor = left[(m * rows + i) * inner + k];
                    let row = &right[(m * inner + k) * columns..][..columns];
                    out.iter_mut().zip(row).for_each(|(out, right)| *out += factor * right);
                }
            }
        }
        let pullback = move |dy: &[f64], gradients: &mut Gradients| {
            for m in 0..batch {
                for i in 0..rows {
                    let dy = &dy[(m * rows + i) * columns..][..columns];
                    for k in 0..inner {
                        let at = (m * inner + k) * columns;
                        let row = &right[at..][..columns];
                        gradients.of(a)[(m * rows + i) * inner + k] +=
                            std::iter::zip(dy, row).map(|(dy, right)| dy * right).sum::<f64>();
                        let factor = left[(m * rows + i) * inner + k];
                        let db = &mut gradients.of(b)[at..][..columns];
                        db.iter_mut().zip(dy).for_each(|(db, dy)| *db += factor * dy);
                    }
                }
            }
        };
        self.push(value, Some(Box::new(pullback)))
    }

    /// The largest of each run of `run` values; the first of them where several are.
    pub fn largest(&mut self, x: Var, run: usize) -> Var {
        let from = self.value(x);
        let first_largest =
            |values: &[f64]| (1..run).fold(0, |best, i| if values[i] > values[best] { i } else { best });
        let places: Vec<usize> = from.chunks_exact(run).map(first_largest).collect();
        let value = places.iter().enumerate().map(|(i, place)| from[i * run + place]).collect();
        let pullback = move |dy: &[f64], gradients: &mut Gradients| {
            let dx = gradients.of(x);
            for (i, (place, dy)) in std::iter::zip(&places, dy).enumerate() {
                dx[i * run + place] += dy;
            }
        };
        self.push(value, Some(Box::new(pullback)))
    }

    /// The derivatives of `y`, one number.
    pub fn gradients(&self, y: Var) -> Gradients {
        assert_eq!(self.len(y), 1, "what is differentiated is one number");
        let lens: Vec<usize> = self.nodes.iter().map(|node| node.value.len()).collect();
        let mut gradients = Gradients { of: vec![Vec::new(); lens.len()], lens };
        gradients.of(y)[0] = 1.0;
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if let Some(pullback) = &node.pullback
                && !gradients.of[i].is_empty()
            {
                // Nothing that follows asks for it.
                let dy = std::mem::take(&mut gradients.of[i]);
                pullback(&dy, &mut gradients);
            }
        }
        gradients
    }
}

impl Gradients {
    /// That of a value; 0 until something is added to it. Those of computed values are gone once they are passed on.
    pub fn of(&mut self, x: Var) -> &mut [f64] {
        let gradient = &mut self.of[x.0];
        if gradient.is_empty() {
            gradient.resize(self.lens[x.0], 0.0);
        }
        gradient
    }
}
