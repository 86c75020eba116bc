//! Gradient descent with momentum and gains.

use super::affinities::Affinities;
use super::attraction::attraction;
use super::exact_repulsion;
use super::grid::Grid;
use super::settings::{Preset, Repulsion, TsneSettings};

/// Up to so many points every pair costs less than the grid.
const FEW: usize = 1_500;

/// What differs between the phases and presets.
#[derive(Clone, Copy)]
pub(super) struct Phase {
    pub(super) exaggeration: f32,
    learning_rate: f32,
    momentum: f32,
    gradient_factor: f32,
    longest_step: Option<f32>,
    preset: Preset,
}

impl Phase {
    pub(super) fn new(settings: &TsneSettings, rows: usize, exaggerated: bool) -> Self {
        let exaggeration = if exaggerated { settings.exaggeration } else { 1.0 };
        let rows = rows as f64;
        let (auto, momentum, gradient_factor, longest_step) = match settings.preset {
            Preset::Sklearn => {
                // scikit-learn keeps the rate of the first phase.
                let auto = (rows / settings.exaggeration / 4.0).max(50.0);
                (auto, if exaggerated { 0.5 } else { 0.8 }, 4.0, None)
            }
            Preset::OpenTsne => (rows / exaggeration, 0.8, 1.0, Some(5.0)),
        };
        let learning_rate = settings.learning_rate.unwrap_or(auto) as f32;
        let exaggeration = exaggeration as f32;
        Self { exaggeration, learning_rate, momentum, gradient_factor, longest_step, preset: settings.preset }
    }
}

/// A way to compute repulsion for maps of `D` dimensions.
pub(super) enum Repeller {
    Exact,
    Grid(Box<Grid>),
}

impl Repeller {
    pub(super) fn new(settings: &TsneSettings, rows: usize) -> Self {
        let few = rows <= FEW || settings.dimensions != 2;
        match settings.repulsion {
            Repulsion::Exact => Self::Exact,
            Repulsion::Auto if few => Self::Exact,
            Repulsion::Auto | Repulsion::Grid => Self::Grid(Box::default()),
        }
    }

    fn repulsion<const D: usize>(&mut self, points: &[[f32; D]], forces: &mut [[f32; D]]) -> f64 {
        match self {
            // The settings were checked: a grid is only made for two dimensions.
            Self::Grid(grid) if D == 2 => grid
                .repulsion(points.as_flattened().as_chunks().0, forces.as_flattened_mut().as_chunks_mut().0),
            _ => exact_repulsion::repulsion(points, forces),
        }
    }
}

pub(super) struct Descent<const D: usize> {
    pub(super) points: Vec<[f32; D]>,
    pull: Vec<[f32; D]>,
    push: Vec<[f32; D]>,
    step: Vec<[f32; D]>,
    gains: Vec<[f32; D]>,
    repeller: Repeller,
}

impl<const D: usize> Descent<D> {
    pub(super) fn new(points: Vec<[f32; D]>, repeller: Repeller) -> Self {
        let zeros = vec![[0.0; D]; points.len()];
        let gains = vec![[1.0; D]; points.len()];
        Self { points, pull: zeros.clone(), push: zeros.clone(), step: zeros, gains, repeller }
    }

    /// Starts the second phase: scikit-learn forgets momentum and gains, openTSNE keeps them.
    pub(super) fn next_phase(&mut self, preset: Preset) {
        if preset == Preset::OpenTsne {
            return;
        }
        self.step.fill([0.0; D]);
        self.gains.fill([1.0; D]);
    }

    pub(super) fn iterate(&mut self, affinities: &Affinities, phase: &Phase) {
        // Side by side: what one leaves threads without, the other gives them.
        let Self { points, pull, push, repeller, .. } = self;
        let points = points.as_slice();
        let ((), z) =
            rayon::join(|| attraction(affinities, points, pull), || repeller.repulsion(points, push));
        let pull = phase.gradient_factor * phase.exaggeration;
        let push = (-f64::from(phase.gradient_factor) / z.max(f64::MIN_POSITIVE)) as f32;
        let forces = self.pull.as_flattened().iter().zip(self.push.as_flattened());
        let state = self.step.as_flattened_mut().iter_mut().zip(self.gains.as_flattened_mut());
        for ((step, gain), (own, others)) in state.zip(forces) {
            let gradient = pull * own + push * others;
            let turned = match phase.preset {
                Preset::Sklearn => *step * gradient < 0.0,
                Preset::OpenTsne => sign(*step) != sign(gradient),
            };
            *gain = match phase.preset {
                Preset::Sklearn => (if turned { *gain + 0.2 } else { *gain * 0.8 }).max(0.01),
                Preset::OpenTsne => {
                    if turned {
                        *gain + 0.2
                    } else {
                        *gain * 0.8 + 0.01
                    }
                }
            };
            *step = phase.momentum * *step - phase.learning_rate * *gain * gradient;
        }
        if let Some(longest) = phase.longest_step {
            for step in &mut self.step {
                let length = step.iter().map(|value| value * value).sum::<f32>().sqrt();
                if length > longest {
                    *step = step.map(|value| value * (longest / length));
                }
            }
        }
        let mut centre = [0.0f64; D];
        for (point, step) in self.points.iter_mut().zip(&self.step) {
            for axis in 0..D {
                point[axis] += step[axis];
                centre[axis] += f64::from(point[axis]);
            }
        }
        // Forces add up to nothing, but for rounding: keep the map where it is.
        let centre = centre.map(|sum| (sum / self.points.len() as f64) as f32);
        for point in &mut self.points {
            for axis in 0..D {
                point[axis] -= centre[axis];
            }
        }
    }
}

/// −1, 0 or 1, as in NumPy.
#[inline(always)]
pub(super) fn sign(value: f32) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}
