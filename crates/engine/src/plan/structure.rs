//! The terms of the loss that compare the structure of images: their scales, and the memory that they take.

use network::{MsSsim, Network, SSIM_WINDOW, Shape, Ssim, Term, ssim_window};

use crate::simd::Scalar;

/// A term that compares structures.
pub(crate) struct Structure<T> {
    pub term: Term,
    /// The window along one side.
    pub window: [T; SSIM_WINDOW],
    /// The scales, the finest first.
    pub scales: Vec<Scale>,
    /// Whether a channel's similarity is a product of powers, not that of its only scale as it is.
    pub is_product: bool,
}

/// A scale of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Its power in the product.
    pub weight: f64,
}

impl Scale {
    /// Values of the image.
    pub fn values(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Values of a row.
    pub fn row(&self) -> usize {
        self.width * self.channels
    }

    /// Places of the window above each other.
    pub fn window_rows(&self) -> usize {
        self.height - (SSIM_WINDOW - 1)
    }

    /// Places of the window side by side, times channels.
    pub fn window_row(&self) -> usize {
        (self.width - (SSIM_WINDOW - 1)) * self.channels
    }

    /// Places of the window, times channels.
    pub fn windows(&self) -> usize {
        self.window_rows() * self.window_row()
    }

    /// What is kept of it: both images, four moments of each window, the gradient.
    pub fn kept(&self) -> usize {
        3 * self.values() + 4 * self.windows()
    }

    /// Values of windows with zeros beside and above them.
    pub fn bordered(&self) -> [usize; 2] {
        let around = 2 * (SSIM_WINDOW - 1);
        let beside = self.window_rows() * (self.window_row() + around * self.channels);
        [beside, (self.window_rows() + around) * self.row()]
    }
}

impl Scale {
    /// Rows or columns whose mean is row or column `i` of the next scale: of an odd side the last stands twice.
    fn pair(i: usize, side: usize) -> [usize; 2] {
        [2 * i, (2 * i + 1).min(side - 1)]
    }

    /// The four values of this scale whose mean is each value of the next.
    fn quarters(self) -> impl Iterator<Item = [usize; 4]> {
        let Self { height, width, channels, .. } = self;
        (0..height.div_ceil(2)).flat_map(move |y| {
            (0..width.div_ceil(2)).flat_map(move |x| {
                let [[top, bottom], [left, right]] = [Self::pair(y, height), Self::pair(x, width)];
                let at = move |y: usize, x: usize| (y * width + x) * channels;
                let first = [at(top, left), at(top, right), at(bottom, left), at(bottom, right)];
                (0..channels).map(move |channel| first.map(|place| place + channel))
            })
        })
    }

    /// The image of half its sides.
    pub fn halve<T: Scalar>(self, from: &[T], to: &mut [T]) {
        let quarter = T::from_f64(0.25);
        for (to, places) in to.iter_mut().zip(self.quarters()) {
            *to = places.iter().fold(T::ZERO, |sum, place| sum + from[*place]) * quarter;
        }
    }

    /// Adds to the gradient of this scale what that of the next gives it.
    pub fn spread<T: Scalar>(self, from: &[T], to: &mut [T]) {
        let quarter = T::from_f64(0.25);
        for (from, places) in from.iter().zip(self.quarters()) {
            places.iter().for_each(|place| to[*place] += quarter * *from);
        }
    }
}

impl<T: Scalar> Structure<T> {
    /// Those of a network's objective.
    pub fn of(network: &Network) -> Vec<Self> {
        let (height, width, _) = network.input.pixels();
        let (Ssim(single), MsSsim(multiple)) = (network.objective.ssim_loss, network.objective.ms_ssim_loss);
        let terms = [
            (Term::Ssim, single, vec![1.0], false),
            (Term::MsSsim, multiple, MsSsim::scales(height.min(width)), true),
        ];
        let structure = |(term, _, weights, is_product): (_, _, Vec<f64>, _)| Self {
            term,
            window: ssim_window().map(T::from_f64),
            scales: scales(network.input, &weights),
            is_product,
        };
        terms.into_iter().filter(|(_, weight, ..)| *weight > 0.0).map(structure).collect()
    }

    /// Values that one image takes while it is compared.
    pub fn scratch(&self) -> usize {
        let first = self.scales[0];
        let kept: usize = self.scales.iter().map(Scale::kept).sum();
        let [beside, above] = first.bordered();
        kept + self.means() + first.row() + 3 * first.values() + beside + above
    }

    /// Mean similarities: of each channel at each scale.
    pub fn means(&self) -> usize {
        self.scales.len() * self.scales[0].channels
    }
}

fn scales(input: Shape, weights: &[f64]) -> Vec<Scale> {
    let (mut height, mut width, channels) = input.pixels();
    let scale = |weight: &f64| {
        let scale = Scale { height, width, channels, weight: *weight };
        (height, width) = (height.div_ceil(2), width.div_ceil(2));
        scale
    };
    weights.iter().map(scale).collect()
}
