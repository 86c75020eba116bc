//! Which convolutions run on square Winograd tiles, and where their tiles lie.
//!
//! These do, in all three directions: 3 × 3 or 5 × 5 taps with stride 1 or 2, of at least 8 channels on both sides, where
//! whole tiles save a good part of the products. With 3 × 3 taps and stride 2 channels and pixels have to be many, or
//! [`row_tiles`](super::row_tiles) are as fast. [`winograd`](crate::kernels::winograd) has the theory.
//!
//! With stride 2 the big image is four, one for each residue of its rows and columns. A 5 × 5 kernel is then four kernels of
//! stride 1 with 2 or 3 taps a side, a 3 × 3 kernel four with 1 or 2. All run on the same patches, of 6 × 6 and of 5 × 5
//! values. Where a tap is missing, the transformed kernel is 0 at the first or the last position, which is left out:
//! (6 + 5)² = 121 products a tile instead of 400, and (5 + 4)² = 81 instead of 144.

use super::Geometry;
use crate::kernels::winograd::{OUTPUTS, Pixels, Tile};
use crate::layout::{Border, Layout, index};
use network::Pair;

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
        // With fewer values of the narrower side, tiles along rows, which transform less, are as fast.
        const LEAST_VALUES: usize = 256 * 48;
        let (taps, stride) = (self.kernel.rows, self.stride.rows);
        let channels = self.big_channels().min(self.small_channels());
        let side = match (taps, stride) {
            (3, 2) if channels * self.small_pixels() >= LEAST_VALUES => 5,
            (3, 1) | (5, 2) => 6,
            (5, 1) => 8,
            _ => return None,
        };
        let (height, width, _) = self.big.pixels();
        if self.stride != Pair::square(stride)
            || self.kernel != Pair::square(taps)
            || channels < LEAST_CHANNELS
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
