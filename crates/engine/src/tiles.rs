//! Which convolutions run on Winograd tiles, and where their tiles lie.

use crate::kernels::product::Segment;
use crate::kernels::winograd::{OUTPUTS, Pixels, Tile};
use crate::layer::Pair;
use crate::layout::{Border, Layout};
use crate::linear::{Geometry, index};

/// Square Winograd tiles of one direction: a patch of the source and a tile of the target each. With stride 2 one side
/// is the big image cut into four, whose pixels of one residue meet the small image as with stride 1.
#[derive(Clone, Debug)]
pub(crate) struct Tiles {
    /// Values along a patch's side.
    pub side: usize,
    pub per_image: usize,
    pub patches: Vec<u32>,
    pub tiles: Vec<Tile>,
    pub source: Pixels,
    pub target: Pixels,
    /// One for each residue of the stride.
    pub residues: Vec<Residue>,
}

/// Pixels of the big image that lie a whole number of strides apart.
#[derive(Clone, Debug)]
pub(crate) struct Residue {
    /// Offset of its first pixel behind the image's.
    pub at: usize,
    /// The taps that these pixels meet, at their places in a tile's kernel.
    pub taps: Vec<Option<usize>>,
    /// Whether the transformed taps are other than 0 at each position.
    pub meets: Vec<bool>,
}

impl Tiles {
    /// Values of a transformed patch.
    pub fn positions(&self) -> usize {
        self.side * self.side
    }
}

/// One axis of a convolution: pixel q · stride + residue of the big image and pixel o of the small one meet through
/// tap (q − o) · stride + residue + before, for q − o from −`above` to `below`.
#[derive(Clone, Copy, Debug)]
struct Axis {
    stride: usize,
    kernel: usize,
    before: usize,
    above: usize,
    below: usize,
}

impl Axis {
    fn new(stride: usize, kernel: usize, before: usize) -> Self {
        let (above, below) = (before.div_ceil(stride), (kernel - 1 - before) / stride);
        Self { stride, kernel, before, above, below }
    }

    /// The taps of a tile's kernel for pixels of one residue: in order of q, or of o.
    fn taps(&self, residue: usize, by_small: bool) -> Vec<Option<usize>> {
        let count = self.above + 1 + self.below;
        let place = |place: usize| if by_small { count - 1 - place } else { place };
        let tap = |place: usize| {
            (place * self.stride + residue + self.before).checked_sub(self.above * self.stride)
        };
        (0..count).map(|i| tap(place(i)).filter(|tap| *tap < self.kernel)).collect()
    }

    /// Whether position `at` of `side` along a line of transformed taps is other than 0: the first is the polynomial's
    /// value at 0, the last that at ∞.
    fn meets(taps: &[Option<usize>], at: usize, side: usize) -> bool {
        (at > 0 || taps[0].is_some()) && (at + 1 < side || taps[taps.len() - 1].is_some())
    }
}

impl Geometry {
    /// Rows and columns.
    fn axes(&self) -> [Axis; 2] {
        [
            Axis::new(self.stride.rows, self.kernel.rows, self.before.rows),
            Axis::new(self.stride.columns, self.kernel.columns, self.before.columns),
        ]
    }

    /// Values along the side of a square Winograd tile's patch, where tiles save a good part of the products of every
    /// pass.
    pub fn square_side(&self) -> Option<usize> {
        // With fewer, the transforms' vectors stay emptier still.
        const LEAST_CHANNELS: usize = 8;
        let (taps, stride) = (self.kernel.rows, self.stride.rows);
        let side = match (taps, stride) {
            (3, 1) | (5, 2) => 6,
            (5, 1) => 8,
            _ => return None,
        };
        let (height, width, _) = self.big.pixels();
        if self.stride != Pair::square(stride)
            || self.kernel != Pair::square(taps)
            || self.big_channels().min(self.small_channels()) < LEAST_CHANNELS
            || height % stride + width % stride != 0
        {
            return None;
        }
        let [down, along] = self.axes().map(|axis| {
            let meets = |taps: Vec<_>| (0..side).filter(|at| Axis::meets(&taps, *at, side)).count();
            (0..stride).map(|residue| meets(axis.taps(residue, false))).sum::<usize>()
        });
        let saves = |rows: usize, columns: usize| {
            let computed = rows.next_multiple_of(OUTPUTS) * columns.next_multiple_of(OUTPUTS);
            // Products of the direct way beside those of the tiles, each of which costs two transforms besides.
            2 * rows * columns * taps * taps * OUTPUTS * OUTPUTS > 3 * computed * down * along
        };
        let (rows, columns, _) = self.small.pixels();
        (saves(rows, columns) && saves(height / stride, width / stride)).then_some(side)
    }

    /// The border that the big image needs where square tiles read it: those at the edge read as far as whole ones.
    pub fn square_big_border(&self) -> Border {
        let ((height, width, _), (rows, columns, _)) = (self.big.pixels(), self.small.pixels());
        let after = |axis: Axis, big: usize, small: usize| {
            (axis.stride * (small.next_multiple_of(OUTPUTS) + axis.below)).saturating_sub(big)
        };
        let [down, along] = self.axes();
        Border {
            top: down.stride * down.above,
            bottom: after(down, height, rows),
            left: along.stride * along.above,
            right: after(along, width, columns),
        }
    }

    /// The border that the small image needs where square tiles read it.
    pub fn square_small_border(&self) -> Border {
        let ((height, width, _), (rows, columns, _)) = (self.big.pixels(), self.small.pixels());
        let after = |axis: Axis, big: usize, small: usize| {
            ((big / axis.stride).next_multiple_of(OUTPUTS) + axis.above).saturating_sub(small)
        };
        let [down, along] = self.axes();
        Border {
            top: down.below,
            bottom: after(down, height, rows),
            left: along.below,
            right: after(along, width, columns),
        }
    }

    /// Square tiles over `images` images: big → small if it gathers, else small → big. With the gradient in place of the
    /// output, those that gather are the tiles of the kernel gradient.
    pub fn square_tiles(&self, side: usize, gathers: bool, from: Layout, to: Layout, images: usize) -> Tiles {
        let [down, along] = self.axes();
        let stride = down.stride;
        let pixels = |layout: Layout, apart: usize| Pixels {
            pitch: apart * layout.pitch(),
            step: apart * layout.channels,
            channels: layout.channels,
        };
        let (rows, columns, _) = self.small.pixels();
        let (height, width, _) = self.big.pixels();
        // Pixels of a patch and of a tile lie these apart, and patches begin so far before their tiles.
        let (apart, [above, left], [height, width]) = match gathers {
            true => ([stride, 1], [down.above, along.above], [rows, columns]),
            false => ([1, stride], [down.below, along.below], [height / stride, width / stride]),
        };
        let (mut patches, mut tiles) = (Vec::new(), Vec::new());
        for image in 0..images {
            for y in (0..height).step_by(OUTPUTS) {
                for x in (0..width).step_by(OUTPUTS) {
                    let row = from.border.top + apart[0] * y - apart[0] * above;
                    let column = from.border.left + apart[0] * x - apart[0] * left;
                    patches.push(index(image * from.stride() + row * from.pitch() + column * from.channels));
                    tiles.push(Tile {
                        at: index(image * to.stride() + to.at(apart[1] * y, apart[1] * x)),
                        rows: OUTPUTS.min(height - y) as u8,
                        columns: OUTPUTS.min(width - x) as u8,
                    });
                }
            }
        }
        let big = if gathers { from } else { to };
        let residue = |row: usize, column: usize| {
            let (rows, columns) = (down.taps(row, !gathers), along.taps(column, !gathers));
            let taps = rows
                .iter()
                .flat_map(|ky| columns.iter().map(move |kx| Some((*ky)? * self.kernel.columns + (*kx)?)));
            let meets = (0..side * side).map(|position| {
                Axis::meets(&rows, position / side, side) && Axis::meets(&columns, position % side, side)
            });
            Residue {
                at: row * big.pitch() + column * big.channels,
                taps: taps.collect(),
                meets: meets.collect(),
            }
        };
        Tiles {
            side,
            per_image: height.div_ceil(OUTPUTS) * width.div_ceil(OUTPUTS),
            patches,
            tiles,
            source: pixels(from, apart[0]),
            target: pixels(to, apart[1]),
            residues: (0..stride * stride).map(|i| residue(i / stride, i % stride)).collect(),
        }
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
