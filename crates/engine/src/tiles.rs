//! Which convolutions run on Winograd tiles, and where their tiles lie.

use crate::kernels::product::Segment;
use crate::kernels::winograd::{OUTPUTS, Pixels, Tile};
use crate::layer::Pair;
use crate::layout::Layout;
use crate::linear::{Geometry, index};
use crate::shape::Shape;

/// Winograd tiles of one direction: a patch of the source and a tile of the target each.
#[derive(Clone, Debug)]
pub(crate) struct Tiles {
    /// Values along a patch's side.
    pub side: usize,
    pub per_image: usize,
    pub patches: Vec<u32>,
    pub tiles: Vec<Tile>,
    pub source: Pixels,
    pub target: Pixels,
}

impl Tiles {
    /// Values of a transformed patch.
    pub fn positions(&self) -> usize {
        self.side * self.side
    }
}

impl Geometry {
    /// Values along the side of a Winograd tile's patch, where tiles save a good part of the products of every pass.
    pub fn square_side(&self) -> Option<usize> {
        let one = Pair::square(1);
        let (taps, channels) = (self.kernel.rows, self.big_channels().min(self.small_channels()));
        if self.stride != one || self.kernel != Pair::square(taps) || ![3, 5].contains(&taps) || channels < 16
        {
            return None;
        }
        let side = OUTPUTS + taps - 1;
        let saves = |shape: Shape| {
            let (rows, columns, _) = shape.pixels();
            let computed = rows.next_multiple_of(OUTPUTS) * columns.next_multiple_of(OUTPUTS);
            // Products of the direct way beside those of the tiles, each of which costs two transforms besides.
            2 * rows * columns * taps * taps * OUTPUTS * OUTPUTS > 3 * computed * side * side
        };
        (saves(self.big) && saves(self.small)).then_some(side)
    }

    /// Zeros above and left of the small image when it is read by [`Geometry::scatter`] with stride 1.
    pub fn before_turned(&self) -> Pair {
        Pair {
            rows: self.kernel.rows - 1 - self.before.rows,
            columns: self.kernel.columns - 1 - self.before.columns,
        }
    }

    /// Tiles of one direction over `images` images: patches of `from`, `before` which zeros lie, and the tiles of
    /// `shape`'s pixels in `to`.
    fn winograd_tiles(
        side: usize,
        images: usize,
        (from, before): (Layout, Pair),
        (to, shape): (Layout, Shape),
    ) -> Tiles {
        let (height, width, _) = shape.pixels();
        let (mut patches, mut tiles) = (Vec::new(), Vec::new());
        for image in 0..images {
            for y in (0..height).step_by(OUTPUTS) {
                for x in (0..width).step_by(OUTPUTS) {
                    let row = from.border.top + y - before.rows;
                    let column = from.border.left + x - before.columns;
                    patches.push(index(image * from.stride() + row * from.pitch() + column * from.channels));
                    tiles.push(Tile {
                        at: index(image * to.stride() + to.at(y, x)),
                        rows: OUTPUTS.min(height - y) as u8,
                        columns: OUTPUTS.min(width - x) as u8,
                    });
                }
            }
        }
        Tiles {
            side,
            per_image: height.div_ceil(OUTPUTS) * width.div_ceil(OUTPUTS),
            patches,
            tiles,
            source: Pixels { pitch: from.pitch(), channels: from.channels },
            target: Pixels { pitch: to.pitch(), channels: to.channels },
        }
    }

    /// Winograd tiles for big → small; with the gradient in place of the output, those of the kernel gradient.
    pub fn gather_tiles(&self, side: usize, big: Layout, small: Layout, images: usize) -> Tiles {
        Self::winograd_tiles(side, images, (big, self.before), (small, self.small))
    }

    /// Winograd tiles for small → big.
    pub fn scatter_tiles(&self, side: usize, small: Layout, big: Layout, images: usize) -> Tiles {
        Self::winograd_tiles(side, images, (small, self.before_turned()), (big, self.big))
    }
}

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
    /// Of the kernel gradient: for each row of taps, the lines of every image that it meets.
    pub sums: [Vec<Segment>; 3],
}

/// Every other pixel, or every one, of runs of an image's rows.
#[derive(Clone, Debug)]
pub(crate) struct Runs {
    /// The first pixel of each.
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

    /// Tiles for big → small; with the gradient in place of the output, those of the kernel gradient.
    pub fn gather_row_tiles(&self, outputs: usize, big: Layout, small: Layout, images: usize) -> RowTiles {
        let (rows, columns, n) = self.small.pixels();
        let (tiles, channels) = (columns / outputs, big.channels);
        // The even rows of the big image, then the odd ones: what a row of taps meets lies together.
        let lines = (0..=rows).map(|y| 2 * y).chain((0..rows).map(|y| 2 * y + 1));
        let source = Runs::new(big, images, lines, tiles, 2 * outputs, 2 * channels);
        let target = Runs::new(small, images, 0..rows, tiles, outputs, n);
        let first = [0, (rows + 1) * tiles, tiles].map(|line| line * channels);
        let (per_image, from_image) = (rows * tiles, source.per_image * channels);
        let sweep = RowSweep {
            from: each(images, per_image, |image, line| image * from_image + line * channels),
            to: each(images, per_image, |image, line| (image * per_image + line) * n),
            per_image,
            segments: segments(first.into_iter().enumerate(), channels),
        };
        let sums = first.map(|first| {
            let segment = |image| Segment {
                a: index(image * from_image + first),
                b: index(image * per_image * n),
                len: index(per_image),
            };
            (0..images).map(segment).collect()
        });
        RowTiles { outputs, images, source, target, sweeps: vec![sweep], sums }
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
        RowTiles { outputs, images, source, target, sweeps, sums: Default::default() }
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
