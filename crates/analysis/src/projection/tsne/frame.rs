//! Where the nodes of a grid are.

use super::spline::{ORDER, WIDE};

/// Distance of nodes. The kernel is of width 1 whatever the map's size.
const SPACING: f32 = 0.4;
/// Nodes that splines reach over beyond the outermost points.
const MARGIN: usize = 6;
/// Sides for which transforms are fast (multiples of 16 without prime factors above 5).
const SIDES: [usize; 19] =
    [80, 96, 128, 144, 160, 192, 240, 256, 288, 320, 384, 400, 480, 512, 576, 640, 768, 960, 1024];
/// Where the nodes are.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) side: usize,
    pub(super) spacing: f32,
    per_spacing: f32,
    origin: [f32; 2],
}

impl Frame {
    /// The coarsest useful grid that holds the points.
    pub(super) fn around(low: [f32; 2], high: [f32; 2]) -> Self {
        let span = (high[0] - low[0]).max(high[1] - low[1]);
        let fits = |side: usize, spacing: f32| span / spacing <= (side - 2 * MARGIN) as f32;
        // A small map gets closer nodes: it is then the differences of nearby values that matter.
        let close = [SPACING / 4.0, SPACING / 2.0].into_iter().find(|spacing| fits(SIDES[0], *spacing));
        let largest = SIDES[SIDES.len() - 1];
        let spacing = close.unwrap_or(SPACING.max(span / (largest - 2 * MARGIN - 1) as f32));
        let side = SIDES.into_iter().find(|side| fits(*side, spacing)).unwrap_or(largest);
        // The map in the middle of the nodes.
        let room = (side - 1) as f32 * spacing;
        let origin = [0, 1].map(|axis| 0.5 * (low[axis] + high[axis] - room));
        Self { side, spacing, per_spacing: 1.0 / spacing, origin }
    }

    /// First of the four nodes in each direction that a point reaches, and how far it is into the cell.
    #[inline(always)]
    pub(super) fn cell(&self, point: [f32; 2]) -> ([usize; 2], [f32; 2]) {
        let place = [self.along(0, point), self.along(1, point)];
        let node = place.map(|value| value as u32);
        (node.map(|node| node as usize), [place[0] - node[0] as f32, place[1] - node[1] as f32])
    }

    /// First of the rows of nodes that a point reaches.
    #[inline(always)]
    pub(super) fn row(&self, point: [f32; 2]) -> u32 {
        self.along(0, point) as u32
    }

    /// Place of a point in nodes from the first that it may reach.
    #[inline(always)]
    fn along(&self, axis: usize, point: [f32; 2]) -> f32 {
        let last = (self.side - WIDE) as f32 + 0.999;
        let place = (point[axis] - self.origin[axis]) * self.per_spacing;
        (place - (ORDER / 2 - 1) as f32).clamp(0.0, last)
    }
}
