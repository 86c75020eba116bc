//! [`Grid`]: all repulsion at once, through the potential of the map on a grid.
//!
//! Repulsion is a gradient: Σ_j q²(yᵢ − yⱼ) = −½ ∇φ(yᵢ) with φ(y) = Σ_j 1/(1 + ‖y − yⱼ‖²). So one field is
//! enough. Points are spread over nodes with B-splines, the field is convolved with the kernel, and φ and its
//! gradient are read back with the same splines. The splines' own transform is divided out of the kernel, which
//! makes the result exact at the nodes, as in smooth particle mesh Ewald sums (Essmann et al. 1995). The idea of
//! a grid for t-SNE is that of FIt-SNE (Linderman et al. 2019), which needs three fields and larger transforms.

use std::f64::consts::TAU;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::convolution::Convolution;
use super::reading::Read;

/// Distance of nodes. The kernel is of width 1 whatever the map's size.
const SPACING: f32 = 0.4;
/// Order of the splines: each reaches so many nodes in each direction.
pub(super) const ORDER: usize = 6;
/// Numbers that a row of them takes.
pub(super) const WIDE: usize = 8;
/// Nodes that splines reach over beyond the outermost points.
const MARGIN: usize = 6;
/// Sides for which transforms are fast (multiples of 16 without prime factors above 5).
const SIDES: [usize; 19] =
    [80, 96, 128, 144, 160, 192, 240, 256, 288, 320, 384, 400, 480, 512, 576, 640, 768, 960, 1024];
/// Rows of nodes that one task fills.
const STRIP: usize = 16;

#[derive(Default)]
pub(super) struct Grid {
    frame: Option<(Frame, Convolution)>,
    /// See [`Read`].
    own: [[f32; WIDE]; ORDER],
    nodes: Vec<f32>,
    /// First row of nodes that each point reaches.
    rows: Vec<u32>,
    /// Points ordered by row, and where each row starts.
    order: Vec<u32>,
    starts: Vec<u32>,
}

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
    fn around(low: [f32; 2], high: [f32; 2]) -> Self {
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
    fn row(&self, point: [f32; 2]) -> u32 {
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

/// Least and greatest coordinates of points, several points at once.
fn bounds(points: &[[f32; 2]]) -> ([f32; 2], [f32; 2]) {
    const MANY: usize = 16;
    let (mut low, mut high) = ([[f32::INFINITY; 2]; MANY], [[f32::NEG_INFINITY; 2]; MANY]);
    Arch::new().dispatch(|| {
        for points in points.chunks(MANY) {
            for ((low, high), point) in low.iter_mut().zip(&mut high).zip(points) {
                for axis in 0..2 {
                    low[axis] = if point[axis] < low[axis] { point[axis] } else { low[axis] };
                    high[axis] = if point[axis] > high[axis] { point[axis] } else { high[axis] };
                }
            }
        }
    });
    let least = |axis: usize| low.iter().fold(f32::INFINITY, |least, point| least.min(point[axis]));
    let most = |axis: usize| high.iter().fold(f32::NEG_INFINITY, |most, point| most.max(point[axis]));
    ([least(0), least(1)], [most(0), most(1)])
}

/// Values of the B-spline at the nodes that a point reaches, `t` into its cell, and their derivatives by `t`. The
/// last two of eight are 0: they fill a vector.
#[inline(always)]
pub(super) fn spline(t: f32) -> ([f32; WIDE], [f32; WIDE]) {
    let mut values = [0.0; WIDE];
    (values[0], values[1]) = (1.0 - t, t);
    // Each order from the one below (de Boor 1978), from the last node to the first.
    for order in 3..ORDER {
        raise(&mut values, order, t);
    }
    let mut slopes = [0.0; WIDE];
    slopes[0] = -values[0];
    for node in 1..ORDER {
        slopes[node] = values[node - 1] - values[node];
    }
    raise(&mut values, ORDER, t);
    (values, slopes)
}

#[inline(always)]
fn raise(values: &mut [f32; WIDE], order: usize, t: f32) {
    let scale = 1.0 / (order - 1) as f32;
    values[order - 1] = scale * t * values[order - 2];
    for node in (1..order - 1).rev() {
        let left = (t + (order - 1 - node) as f32) * values[node - 1];
        values[node] = scale * (left + ((node + 1) as f32 - t) * values[node]);
    }
    values[0] *= scale * (1.0 - t);
}

/// Transform of the spline at the nodes, at the k-th of `length` frequencies.
fn spline_transform(k: usize, length: usize) -> f64 {
    let (values, _) = spline(0.0);
    let angle = TAU * k as f64 / length as f64;
    let middle = (ORDER / 2 - 1) as f64;
    (0..ORDER).map(|node| f64::from(values[node]) * (angle * (node as f64 - middle)).cos()).sum()
}

/// The potential of one charge in the middle, by distance.
fn own_potential(convolution: &mut Convolution, side: usize) -> [[f32; WIDE]; ORDER] {
    let mut nodes = vec![0.0; side * side];
    let middle = side / 2;
    nodes[middle * side + middle] = 1.0;
    convolution.apply(&mut nodes);
    let mut own = [[0.0; WIDE]; ORDER];
    for (x, row) in own.iter_mut().enumerate() {
        for (y, value) in row[..ORDER].iter_mut().enumerate() {
            let signs = [x, y].map(|distance| if distance == 0 { 1.0 } else { 2.0 });
            *value = signs[0] * signs[1] * nodes[(middle + x) * side + middle + y];
        }
    }
    own
}

impl Grid {
    /// Writes Σ_j q²(yᵢ − yⱼ) for every point into `forces` and returns Z = Σ_{i≠j} q, q = 1/(1 + ‖yᵢ − yⱼ‖²).
    pub(super) fn repulsion(&mut self, points: &[[f32; 2]], forces: &mut [[f32; 2]]) -> f64 {
        self.place(points);
        let Some((frame, convolution)) = &mut self.frame else { return 0.0 };
        let (frame, side) = (*frame, frame.side);
        self.nodes.clear();
        self.nodes.resize(side * side, 0.0);
        let (order, starts) = (&self.order, &self.starts);
        let arch = Arch::new();
        self.nodes.par_chunks_mut(STRIP * side).enumerate().for_each(|(strip, nodes)| {
            let (first, rows) = (strip * STRIP, nodes.len() / side);
            let from = starts[first.saturating_sub(ORDER - 1)] as usize;
            let to = starts[(first + rows).min(side)] as usize;
            arch.dispatch(Spread { frame, points, order: &order[from..to], first, nodes });
        });
        convolution.apply(&mut self.nodes);
        self.read(frame, points, forces)
    }

    /// Reads φ and −½∇φ at every point; returns Σφ. What a point contributes at its own place is left out.
    fn read(&self, frame: Frame, points: &[[f32; 2]], forces: &mut [[f32; 2]]) -> f64 {
        const CHUNK: usize = 256;
        let arch = Arch::new();
        let chunks = points.par_chunks(CHUNK).zip(forces.par_chunks_mut(CHUNK));
        let read = |(points, forces)| {
            arch.dispatch(Read { frame, nodes: &self.nodes, own: &self.own, points, forces })
        };
        let sums: Vec<f64> = chunks.map(read).collect();
        sums.into_iter().sum()
    }

    /// Chooses the nodes and orders the points by row.
    fn place(&mut self, points: &[[f32; 2]]) {
        let (low, high) = bounds(points);
        let frame = Frame::around(low, high);
        match &mut self.frame {
            Some((old, _)) if old.side == frame.side && old.spacing == frame.spacing => *old = frame,
            _ => {
                let square = frame.spacing * frame.spacing;
                let kernel = move |nodes: f32| 1.0 / (1.0 + square * nodes);
                // Once for spreading and once for reading.
                let weight = |k: usize| spline_transform(k, 2 * frame.side).powi(2);
                let mut convolution = Convolution::new(frame.side, kernel, weight);
                self.own = own_potential(&mut convolution, frame.side);
                self.frame = Some((frame, convolution));
            }
        }
        self.rows.clear();
        Arch::new().dispatch(|| self.rows.extend(points.iter().map(|point| frame.row(*point))));
        self.starts.clear();
        self.starts.resize(frame.side + 1, 0);
        for row in &self.rows {
            self.starts[*row as usize + 1] += 1;
        }
        for row in 0..frame.side {
            self.starts[row + 1] += self.starts[row];
        }
        self.order.resize(points.len(), 0);
        for (index, row) in self.rows.iter().enumerate().rev() {
            // Counting down from the end of each row, and leaving its start in place for the next.
            let start = &mut self.starts[*row as usize + 1];
            *start -= 1;
            self.order[*start as usize] = index as u32;
        }
        // Every start has moved to its row's: shift them back.
        self.starts.rotate_left(1);
        self.starts[frame.side] = points.len() as u32;
    }
}

/// Adds points to a strip of rows; `order` may hold points that only touch it.
struct Spread<'a> {
    frame: Frame,
    points: &'a [[f32; 2]],
    order: &'a [u32],
    first: usize,
    nodes: &'a mut [f32],
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { frame, points, order, first, nodes } = self;
        for point in order {
            let ([x, y], [tx, ty]) = frame.cell(points[*point as usize]);
            let ((wx, _), (wy, _)) = (spline(tx), spline(ty));
            // The rows of the strip among those that the point reaches.
            let (skipped, row) = (first.saturating_sub(x), x.saturating_sub(first));
            let rows = nodes[row * frame.side..].chunks_exact_mut(frame.side);
            for (row, wx) in rows.zip(&wx[skipped..ORDER]) {
                for (node, wy) in row[y..y + WIDE].iter_mut().zip(&wy) {
                    *node += wx * wy;
                }
            }
        }
    }
}
