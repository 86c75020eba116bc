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

/// Distance of nodes. The kernel is of width 1 whatever the map's size.
const SPACING: f32 = 0.4;
/// Order of the splines: each reaches so many nodes in each direction.
const ORDER: usize = 6;
/// Numbers that a row of them takes.
const WIDE: usize = 8;
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
    /// What a point gets back of its own charge: potential between nodes (x, y) apart, counted as often as the
    /// distance occurs with either sign.
    own: [[f32; WIDE]; ORDER],
    nodes: Vec<f32>,
    /// Points ordered by row, and where each row starts.
    order: Vec<u32>,
    starts: Vec<u32>,
}

/// Where the nodes are.
#[derive(Clone, Copy, PartialEq)]
struct Frame {
    side: usize,
    spacing: f32,
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
        Self { side, spacing, origin }
    }

    /// First of the four nodes in each direction that a point reaches, and how far it is into the cell.
    #[inline(always)]
    fn cell(&self, point: [f32; 2]) -> ([usize; 2], [f32; 2]) {
        let place = [0, 1].map(|axis| (point[axis] - self.origin[axis]) / self.spacing);
        let last = (self.side - WIDE) as f32 + 0.999;
        let place = place.map(|value| (value - (ORDER / 2 - 1) as f32).clamp(0.0, last));
        let node = place.map(|value| value as usize);
        (node, [place[0] - node[0] as f32, place[1] - node[1] as f32])
    }
}

/// Values of the B-spline at the nodes that a point reaches, `t` into its cell, and their derivatives by `t`. The
/// last two of eight are 0: they fill a vector.
#[inline(always)]
fn spline(t: f32) -> ([f32; WIDE], [f32; WIDE]) {
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

/// Σ_i w(i)·w(i + d) for every distance d of nodes, and half its derivative.
#[inline(always)]
fn overlap(values: &[f32; WIDE], slopes: &[f32; WIDE]) -> ([f32; WIDE], [f32; WIDE]) {
    let (mut overlaps, mut derivatives) = ([0.0; WIDE], [0.0; WIDE]);
    for distance in 0..ORDER {
        for node in 0..ORDER - distance {
            overlaps[distance] += values[node] * values[node + distance];
            derivatives[distance] +=
                0.5 * (slopes[node] * values[node + distance] + values[node] * slopes[node + distance]);
        }
    }
    (overlaps, derivatives)
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

    /// Reads φ and −½∇φ at every point; returns Σφ. What a point
    /// contributes at its own place is left out.
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
        let bounds = |pick: fn(f32, f32) -> f32, start: f32| {
            points.iter().fold([start; 2], |best, point| [pick(best[0], point[0]), pick(best[1], point[1])])
        };
        let frame = Frame::around(bounds(f32::min, f32::INFINITY), bounds(f32::max, f32::NEG_INFINITY));
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
        self.starts.clear();
        self.starts.resize(frame.side + 1, 0);
        for point in points {
            self.starts[frame.cell(*point).0[0] + 1] += 1;
        }
        for row in 0..frame.side {
            self.starts[row + 1] += self.starts[row];
        }
        self.order.resize(points.len(), 0);
        for (index, point) in points.iter().enumerate().rev() {
            // Counting down from the end of each row, and leaving its start in place for the next.
            let row = frame.cell(*point).0[0];
            self.starts[row + 1] -= 1;
            self.order[self.starts[row + 1] as usize] = index as u32;
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

/// Reads φ and −½∇φ at points, without their own part; gives Σφ.
struct Read<'a> {
    frame: Frame,
    nodes: &'a [f32],
    own: &'a [[f32; WIDE]; ORDER],
    points: &'a [[f32; 2]],
    forces: &'a mut [[f32; 2]],
}

impl WithSimd for Read<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Self { frame, nodes, own, points, forces } = self;
        let factor = -0.5 / frame.spacing;
        let mut sum = 0.0;
        for (point, force) in points.iter().zip(forces) {
            let ([x, y], [tx, ty]) = frame.cell(*point);
            let ((wx, sx), (wy, sy)) = (spline(tx), spline(ty));
            let (mut values, mut slopes) = ([0.0; WIDE], [0.0; WIDE]);
            let rows = nodes[x * frame.side..].chunks_exact(frame.side);
            for (row, (wx, sx)) in rows.zip(wx[..ORDER].iter().zip(&sx)) {
                let nodes = &row[y..y + WIDE];
                for j in 0..WIDE {
                    values[j] += wx * nodes[j];
                    slopes[j] += sx * nodes[j];
                }
            }
            let ((ox, dx), (oy, dy)) = (overlap(&wx, &sx), overlap(&wy, &sy));
            let (mut own_values, mut own_slopes) = ([0.0; WIDE], [0.0; WIDE]);
            for (row, (o, d)) in own.iter().zip(ox.iter().zip(&dx)) {
                for j in 0..WIDE {
                    own_values[j] += o * row[j];
                    own_slopes[j] += d * row[j];
                }
            }
            let (mut value, mut along_x, mut along_y) = (0.0, 0.0, 0.0);
            for j in 0..WIDE {
                value -= own_values[j] * oy[j];
                along_x -= own_slopes[j] * oy[j];
                along_y -= own_values[j] * dy[j];
            }
            for j in 0..WIDE {
                value += values[j] * wy[j];
                along_x += slopes[j] * wy[j];
                along_y += values[j] * sy[j];
            }
            sum += f64::from(value);
            *force = [factor * along_x, factor * along_y];
        }
        sum
    }
}
