//! Where the values of one image lie in an activation buffer.

use network::Shape;

/// Zero rows and columns around an image, so that kernels never test for the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Border {
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

impl Border {
    /// As much as either needs, on every side.
    pub fn union(self, other: Border) -> Border {
        Border {
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
            left: self.left.max(other.left),
            right: self.right.max(other.right),
        }
    }
}

/// Values that lie side by side in two layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where they begin in the one and in the other.
    pub from: usize,
    pub to: usize,
    pub len: usize,
}

/// One image: `(top + height + bottom) × (left + width + right) × channels` values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub border: Border,
}

impl Layout {
    pub fn new(shape: Shape, border: Border) -> Self {
        let (height, width, channels) = shape.pixels();
        Self { height, width, channels, border }
    }

    /// Values from one row to the next.
    pub fn pitch(&self) -> usize {
        (self.border.left + self.width + self.border.right) * self.channels
    }

    /// Values from one image to the next.
    pub fn stride(&self) -> usize {
        (self.border.top + self.height + self.border.bottom) * self.pitch()
    }

    /// Offset of the first channel of a pixel inside its image.
    pub fn at(&self, y: usize, x: usize) -> usize {
        (self.border.top + y) * self.pitch() + (self.border.left + x) * self.channels
    }

    pub fn is_contiguous(&self) -> bool {
        self.border == Border::default()
    }

    /// The longest runs of values that are contiguous in both layouts of the same shape, over `images` images: from this
    /// one to the other.
    pub fn runs(self, other: Layout, images: usize) -> impl Iterator<Item = Run> {
        debug_assert_eq!(self.values(), other.values());
        let whole = self.is_contiguous() && other.is_contiguous();
        // Where one side is a plain vector, the other's rows cut it.
        let rows = if self.is_contiguous() { other } else { self };
        let (count, length) =
            if whole { (1, self.values()) } else { (rows.height, rows.width * rows.channels) };
        let start = move |layout: &Layout, row: usize| {
            if layout.is_contiguous() { row * length } else { layout.at(row, 0) }
        };
        (0..images).flat_map(move |image| {
            (0..count).map(move |row| Run {
                from: image * self.stride() + start(&self, row),
                to: image * other.stride() + start(&other, row),
                len: length,
            })
        })
    }

    /// The longest runs of values that are contiguous in some layouts of one image: where they begin in each, and how long
    /// they are. All have the same height, width and channels.
    pub fn together<const N: usize>(layouts: [Layout; N]) -> impl Iterator<Item = ([usize; N], usize)> {
        let first = layouts[0];
        let same =
            |layout: &Layout| Layout { border: Border::default(), ..*layout }.stride() == first.values();
        debug_assert!(layouts.iter().all(|layout| same(layout) && layout.channels == first.channels));
        let (count, length) = match layouts.iter().all(Layout::is_contiguous) {
            true => (1, first.values()),
            false => (first.height, first.width * first.channels),
        };
        (0..count).map(move |row| (layouts.map(|layout| layout.at(row, 0)), length))
    }

    /// Copies the values of `images` images from this layout to the other.
    pub fn copy<T: Copy>(self, values: &[T], other: Layout, out: &mut [T], images: usize) {
        for Run { from, to, len } in self.runs(other, images) {
            out[to..to + len].copy_from_slice(&values[from..from + len]);
        }
    }

    fn values(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// Offsets fit 32 bits: `plan` bounds the buffers of a shard and of the batch before any table is made.
pub(crate) fn index(offset: usize) -> u32 {
    u32::try_from(offset).expect("a shard's buffers are below 2³² values")
}
