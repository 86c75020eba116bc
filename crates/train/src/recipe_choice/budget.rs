//! How wide a net is and how many epochs it gets: as much as the time allows on this machine.

use std::time::Duration;

use crate::error::TrainError;
use crate::recipe::plan::Plan;

/// Seconds that training takes for one image, of a network as it is planned.
pub type Pace<'a> = dyn FnMut(&Plan) -> Result<f64, TrainError> + 'a;

/// The time that a training may take if nothing is said.
pub const USUAL_BUDGET: Duration = Duration::from_secs(4 * 60);
/// Part of the time that is planned for: the rest is left to validation, and to a machine that slows down.
const PLANNED: f64 = 0.9;
/// The most epochs.
pub(super) const MOST_EPOCHS: f64 = 300.0;

/// What a width comes to in the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// Seconds for one image.
    pub pace: f64,
    /// Passes over the images, at least 1.
    pub epochs: usize,
    /// Whether the net learns long enough.
    pub is_enough: bool,
}

impl Fit {
    /// At that pace, of so many images, as often as fits into the budget; `wanted` times are enough.
    pub fn new(pace: f64, images: usize, budget: Duration, wanted: f64) -> Self {
        let seen = PLANNED * budget.as_secs_f64() / pace;
        let possible = seen / images.max(1) as f64;
        Self { pace, epochs: rounded_down(possible), is_enough: possible >= wanted }
    }
}

/// The next of some numbers about a sixth apart, so that a pace measured anew gives the same epochs most of the time.
fn rounded_down(epochs: f64) -> usize {
    const STEPS: [usize; 12] = [10, 12, 14, 16, 20, 24, 28, 33, 40, 50, 60, 80];
    let ladder = (1..10).chain(STEPS).chain(STEPS.map(|step| 10 * step));
    ladder.take_while(|step| *step as f64 <= epochs.min(MOST_EPOCHS)).last().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_fill_the_time_and_are_enough_steps() {
        let fit = |images, wanted| Fit::new(0.0025, images, USUAL_BUDGET, wanted);
        // 86,400 images in 0.9 · 240 s.
        assert_eq!(fit(1_548, 50.0), Fit { pace: 0.0025, epochs: 50, is_enough: true });
        assert_eq!(fit(1_000_000, 0.1), Fit { pace: 0.0025, epochs: 1, is_enough: false });
        assert_eq!(fit(20, 300.0), Fit { pace: 0.0025, epochs: 280, is_enough: true });
        assert!(fit(1_548, 55.0).is_enough && !fit(1_548, 56.0).is_enough);
        assert_eq!([0.2, 9.9, 10.0, 23.0, 99.0, 1e9].map(rounded_down), [1, 9, 10, 20, 80, 280]);
    }
}
