//! Which convolutions run on Winograd tiles, and where their tiles lie.

use crate::kernels::winograd::{self, Pixels, Tile};
use crate::layer::Pair;
use crate::layout::Layout;
use crate::linear::{Geometry, index};
use crate::shape::Shape;

/// Winograd tiles of one direction: a patch of the source and a tile of the target each.
#[derive(Clone, Debug)]
pub(crate) struct Tiles {
    /// Outputs along a tile's side.
    pub outputs: usize,
    pub per_image: usize,
    pub patches: Vec<u32>,
    pub tiles: Vec<Tile>,
    pub source: Pixels,
    pub target: Pixels,
}

impl Geometry {
    /// Outputs along a side of a Winograd tile, where that saves a good part of the products of every pass.
    pub fn winograd_outputs(&self) -> Option<usize> {
        let one = Pair::square(1);
        let (side, channels) = (self.kernel.rows, self.big_channels().min(self.small_channels()));
        if self.stride != one || self.kernel != Pair::square(side) || ![3, 5].contains(&side) || channels < 16
        {
            return None;
        }
        let outputs = winograd::SIDE + 1 - side;
        let saves = |shape: Shape| {
            let (rows, columns, _) = shape.pixels();
            let computed = rows.next_multiple_of(outputs) * columns.next_multiple_of(outputs);
            // Products of the direct way beside those of the tiles, each of which costs two transforms besides.
            2 * rows * columns * side * side * outputs * outputs > 3 * computed * winograd::POSITIONS
        };
        (saves(self.big) && saves(self.small)).then_some(outputs)
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
        outputs: usize,
        images: usize,
        (from, before): (Layout, Pair),
        (to, shape): (Layout, Shape),
    ) -> Tiles {
        let (height, width, _) = shape.pixels();
        let (mut patches, mut tiles) = (Vec::new(), Vec::new());
        for image in 0..images {
            for y in (0..height).step_by(outputs) {
                for x in (0..width).step_by(outputs) {
                    let row = from.border.top + y - before.rows;
                    let column = from.border.left + x - before.columns;
                    patches.push(index(image * from.stride() + row * from.pitch() + column * from.channels));
                    tiles.push(Tile {
                        at: index(image * to.stride() + to.at(y, x)),
                        rows: outputs.min(height - y) as u8,
                        columns: outputs.min(width - x) as u8,
                    });
                }
            }
        }
        Tiles {
            outputs,
            per_image: height.div_ceil(outputs) * width.div_ceil(outputs),
            patches,
            tiles,
            source: Pixels { pitch: from.pitch(), channels: from.channels },
            target: Pixels { pitch: to.pitch(), channels: to.channels },
        }
    }

    /// Winograd tiles for big → small; with the gradient in place of the output, those of the kernel gradient.
    pub fn gather_tiles(&self, outputs: usize, big: Layout, small: Layout, images: usize) -> Tiles {
        Self::winograd_tiles(outputs, images, (big, self.before), (small, self.small))
    }

    /// Winograd tiles for small → big.
    pub fn scatter_tiles(&self, outputs: usize, small: Layout, big: Layout, images: usize) -> Tiles {
        Self::winograd_tiles(outputs, images, (small, self.before_turned()), (big, self.big))
    }
}
