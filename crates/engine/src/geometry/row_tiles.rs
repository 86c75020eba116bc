//! Which convolutions run on Winograd tiles along rows, and where their tiles lie.
//!
//! These do: stride 2 with 3 × 3 taps, whose rows are whole tiles of 4 or 7 outputs, unless
//! [`square_tiles`](super::square_tiles) are faster. [`winograd_rows`] has the theory.
//!
//! [`winograd_rows`]: crate::kernels::winograd_rows

use super::Geometry;
use crate::kernels::product::Segment;
use crate::layout::{Layout, index};
use network::Pair;

/// Winograd tiles along the rows of one direction of a convolution with stride 2.
#[derive(Clone, Debug)]
pub(crate) struct RowTiles {
    /// Outputs of a tile, 4 or 7.
    pub outputs: usize,
    pub images: usize,
    pub source: Runs,
    pub target: Runs,
    /// The products from transformed source to target, over a block of images.
    pub sweeps: Vec<RowSweep>,
}

/// Winograd tiles along the rows of the kernel gradient of such a convolution.
#[derive(Clone, Debug)]
pub(crate) struct RowSums {
    /// Outputs of a tile, 4 or 7.
    pub outputs: usize,
    pub images: usize,
    /// Where the runs of both images begin: line by line, image by image.
    pub big: Runs,
    pub small: Runs,
    /// The first line of the big image that each row of taps meets. As many follow as the small image has.
    pub first: [usize; 3],
}

/// Every other pixel, or every one, of runs of an image's rows.
#[derive(Clone, Debug)]
pub(crate) struct Runs {
    /// The first pixel of each, image by image.
    pub at: Vec<u32>,
    pub per_image: usize,
    /// Values from one pixel to the next.
    pub step: usize,
    pub channels: usize,
}

/// Rows of one residue of the stride: their places in the matrices of the transformed source and of the target.
#[derive(Clone, Debug)]
pub(crate) struct RowSweep {
    pub from: Vec<u32>,
    pub to: Vec<u32>,
    pub per_image: usize,
    pub segments: Vec<Segment>,
}

impl RowTiles {
    /// Values of a transformed tile.
    pub fn positions(&self) -> usize {
        self.outputs + 1
    }
}

impl RowSums {
    /// Values of a transformed tile.
    pub fn positions(&self) -> usize {
        self.outputs + 1
    }
}

impl Geometry {
    /// Outputs of a Winograd tile along rows, where that is worth its transforms: 3 × 3 taps, stride 2, an even big
    /// image, rows of whole tiles, and enough pixels for the kernel to be transformed once a step.
    pub fn row_outputs(&self) -> Option<usize> {
        const LEAST_PIXELS: usize = 49;
        let ((height, width, a), (rows, columns, b)) = (self.big.pixels(), self.small.pixels());
        let suits = self.kernel == Pair::square(3)
            && self.stride == Pair::square(2)
            && self.before == Pair::square(0)
            && (height, width) == (2 * rows, 2 * columns)
            && a.min(b) >= 16
            && rows * columns >= LEAST_PIXELS;
        [7, 4].into_iter().find(|outputs| suits && columns.is_multiple_of(*outputs))
    }

    /// Runs of both images for big → small, and the first line of the big one that each row of taps meets.
    fn gathered_runs(
        &self,
        outputs: usize,
        big: Layout,
        small: Layout,
        images: usize,
    ) -> (Runs, Runs, [usize; 3]) {
        let (rows, columns, n) = self.small.pixels();
        let tiles = columns / outputs;
        // The even rows of the big image, then the odd ones: what a row of taps meets lies together.
        let lines = (0..=rows).map(|y| 2 * y).chain((0..rows).map(|y| 2 * y + 1));
        let source = Runs::new(big, images, lines, tiles, 2 * outputs, 2 * big.channels);
        let target = Runs::new(small, images, 0..rows, tiles, outputs, n);
        (source, target, [0, (rows + 1) * tiles, tiles])
    }

    /// Tiles for the kernel gradient.
    pub fn row_sums(&self, outputs: usize, big: Layout, small: Layout, images: usize) -> RowSums {
        let (big, small, first) = self.gathered_runs(outputs, big, small, images);
        RowSums { outputs, images, big: big.line_by_line(), small: small.line_by_line(), first }
    }

    /// Tiles for big → small.
    pub fn gather_row_tiles(&self, outputs: usize, big: Layout, small: Layout, images: usize) -> RowTiles {
        let (source, target, first) = self.gathered_runs(outputs, big, small, images);
        let (channels, n) = (source.channels, target.channels);
        let (per_image, from_image) = (target.per_image, source.per_image * channels);
        let sweep = RowSweep {
            from: each(images, per_image, |image, line| image * from_image + line * channels),
            to: each(images, per_image, |image, line| (image * per_image + line) * n),
            per_image,
            segments: segments(first.map(|line| line * channels).into_iter().enumerate(), channels),
        };
        RowTiles { outputs, images, source, target, sweeps: vec![sweep] }
    }

    /// Tiles for small → big.
    pub fn scatter_row_tiles(&self, outputs: usize, small: Layout, big: Layout, images: usize) -> RowTiles {
        let (rows, columns, channels) = self.small.pixels();
        let (tiles, n) = (columns / outputs, big.channels);
        // From the row above the image on, and from the pixel left of each tile on.
        let mut source = Runs::new(small, images, 0..rows + 1, tiles, outputs, channels);
        let corner = index(small.pitch() + channels);
        source.at.iter_mut().for_each(|at| *at -= corner);
        let lines = (0..rows).map(|y| 2 * y).chain((0..rows).map(|y| 2 * y + 1));
        let target = Runs::new(big, images, lines, tiles, 2 * outputs, 2 * n);
        let (per_image, from_image) = (rows * tiles, source.per_image * channels);
        let below = tiles * channels;
        let sweep = |residue: usize, taps: &[(usize, usize)]| RowSweep {
            from: each(images, per_image, |image, line| image * from_image + line * channels),
            to: each(images, per_image, |image, line| ((2 * image + residue) * per_image + line) * n),
            per_image,
            segments: segments(taps.iter().copied(), channels),
        };
        // Even rows meet the last row of taps one row above and the first one; odd rows the middle one.
        let sweeps = vec![sweep(0, &[(2, 0), (0, below)]), sweep(1, &[(1, below)])];
        RowTiles { outputs, images, source, target, sweeps }
    }
}

impl Runs {
    /// Runs of `tiles` tiles of `width` pixels in each of `lines`, of pixels `step` values apart.
    fn new(
        layout: Layout,
        images: usize,
        lines: impl Iterator<Item = usize> + Clone,
        tiles: usize,
        width: usize,
        step: usize,
    ) -> Self {
        let mut at = Vec::new();
        for image in 0..images {
            for y in lines.clone() {
                at.extend((0..tiles).map(|t| index(image * layout.stride() + layout.at(y, t * width))));
            }
        }
        Self { per_image: at.len() / images.max(1), at, step, channels: layout.channels }
    }

    /// The same in another order: the first run of every image, the second, and so on.
    fn line_by_line(mut self) -> Self {
        let lines = self.per_image;
        self.at = (0..lines).flat_map(|line| self.at[line..].iter().step_by(lines).copied()).collect();
        self
    }
}

/// A table over the lines of every image.
fn each(images: usize, lines: usize, offset: impl Fn(usize, usize) -> usize) -> Vec<u32> {
    (0..images)
        .flat_map(|image| (0..lines).map(move |line| (image, line)))
        .map(|(i, l)| index(offset(i, l)))
        .collect()
}

/// One segment for each (row of taps, offset of the line it meets).
fn segments(taps: impl Iterator<Item = (usize, usize)>, channels: usize) -> Vec<Segment> {
    taps.map(|(ky, a)| Segment { a: index(a), b: index(ky * channels), len: index(channels) }).collect()
}
