//! Convolutions that halve the sides of an image, and those that take them back.

/// Convolutions go on until both sides are at most this.
const SMALL: usize = 8;

/// A convolution after which one or both sides are about half as long, and which a transposed one takes back exactly.
pub(super) struct Halving {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: &'static str,
    pub to: [usize; 2],
}

/// Halves the sides that are longer than [`SMALL`], at most so often.
///
/// With zeros around the image (`same`) an even side comes back from its half. An odd side n does so without: a kernel
/// of 3 gives (n − 1) / 2 and, transposed, n again; an even side beside it takes a kernel of 4.
pub(super) fn halvings(mut sides: [usize; 2], most: usize) -> Vec<Halving> {
    let mut steps = Vec::new();
    while steps.len() < most && sides.iter().any(|side| *side > SMALL) {
        let halves = sides.map(|side| side > SMALL);
        let stride = halves.map(|halves| if halves { 2 } else { 1 });
        let is_even = sides.iter().zip(halves).all(|(side, halves)| !halves || side.is_multiple_of(2));
        let step = if is_even {
            let to = [sides[0] / stride[0], sides[1] / stride[1]];
            Halving { kernel: [3, 3], stride, padding: "same", to }
        } else {
            let kernel = [0, 1].map(|axis| match (halves[axis], sides[axis] % 2) {
                (false, _) => 1,
                (true, 1) => 3,
                (true, _) => 4,
            });
            let to = [0, 1].map(|axis| (sides[axis] - kernel[axis]) / stride[axis] + 1);
            Halving { kernel, stride, padding: "valid", to }
        };
        sides = step.to;
        steps.push(step);
    }
    steps
}

impl Halving {
    /// Of both sides, whatever they are, by windows that meet every pixel equally often where sides are even:
    /// transposed, others leave a pattern behind (Odena et al. 2016, *Deconvolution and checkerboard artifacts*).
    pub fn even_handed(sides: [usize; 2]) -> Self {
        if sides.iter().all(|side| side.is_multiple_of(2)) {
            Self { kernel: [4, 4], stride: [2, 2], padding: "same", to: sides.map(|side| side / 2) }
        } else {
            let kernel = sides.map(|side| side.min(if side.is_multiple_of(2) { 4 } else { 3 }));
            let stride = sides.map(|side| side.min(2));
            let to = [0, 1].map(|axis| (sides[axis] - kernel[axis]) / stride[axis] + 1);
            Self { kernel, stride, padding: "valid", to }
        }
    }

    /// The convolution.
    pub fn down(&self, filters: usize, activation: &str) -> String {
        self.layer("conv2d", filters, activation)
    }

    /// The transposed one.
    pub fn up(&self, filters: usize, activation: &str) -> String {
        self.layer("conv2d_transpose", filters, activation)
    }

    fn layer(&self, kind: &str, filters: usize, activation: &str) -> String {
        let pair = |[rows, columns]: [usize; 2]| {
            if rows == columns { rows.to_string() } else { format!("[{rows}, {columns}]") }
        };
        format!(
            "{{ layer = \"{kind}\", filters = {filters}, kernel = {}, stride = {}, padding = \"{}\", activation = \
             \"{activation}\" }}",
            pair(self.kernel),
            pair(self.stride),
            self.padding
        )
    }
}
