//! [`Grid`]: all repulsion at once, through the potential of the map on a grid.
//!
//! Repulsion is a gradient: Σ_j q²(yᵢ − yⱼ) = −½ ∇φ(yᵢ) with φ(y) = Σ_j 1/(1 + ‖y − yⱼ‖²). So one field is
//! enough. Points are spread over nodes with B-splines, the field is convolved with the kernel, and φ and its
//! gradient are read back with the same splines. The splines' own transform is divided out of the kernel, which
//! makes the result exact at the nodes, as in smooth particle mesh Ewald sums (Essmann et al. 1995). The idea of
//! a grid for t-SNE is that of FIt-SNE (Linderman et al. 2019), which needs three fields and larger transforms.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::convolution::Convolution;
use super::frame::Frame;
use super::grid_reader::GridReader;
use super::spline::{ORDER, WIDE, spline, spline_transform};

/// Rows of nodes that one task fills.
const STRIP: usize = 16;

#[derive(Default)]
pub(super) struct Grid {
    frame: Option<(Frame, Convolution)>,
    /// See [`GridReader`].
    own: [[f32; WIDE]; ORDER],
    nodes: Vec<f32>,
    /// First row of nodes that each point reaches.
    rows: Vec<u32>,
    /// Points ordered by row, and where each row starts.
    order: Vec<u32>,
    starts: Vec<u32>,
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
            arch.dispatch(GridReader { frame, nodes: &self.nodes, own: &self.own, points, forces })
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
