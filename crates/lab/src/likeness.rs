//! Whether images look like those that a run was trained on, by brightness and contrast.

use data::Values;
use run::Terms;

/// Images that are looked at.
pub const LOOKED_AT: usize = 500;

/// Difference of means, in [0, 1], below which nobody speaks of another brightness.
const NOTICEABLE: f64 = 0.15;
/// Means of single images lie within so many standard deviations.
const DEVIATIONS: f64 = 3.0;
/// Contrast may be this many times less or more.
const CONTRAST: f64 = 3.0;

/// What to say of images like `found` for a run trained on images like `trained` (see
/// [`Manifest::values`](run::Manifest::values)); `inverted` says whether black and white were swapped already.
pub fn warning(trained: &Terms, found: &Values, inverted: bool) -> Option<String> {
    let value = |name: &str| trained.get(name).copied();
    let (mean, contrast, spread) = (value("mean")?, value("contrast")?, value("spread")?);
    let swap = if inverted { "without --invert" } else { "with --invert" };
    let difference = (found.mean - mean).abs();
    let numbers = format!("mean {:.2} where the run was trained on {mean:.2}", found.mean);
    if difference > NOTICEABLE && (1.0 - found.mean - mean).abs() < difference / 2.0 {
        let what = if found.mean > mean { "dark on light" } else { "light on dark" };
        return Some(format!(
            "these images are {what}, the opposite of what the run was trained on ({numbers}): {swap} black and white \
             are swapped"
        ));
    }
    if difference > NOTICEABLE.max(DEVIATIONS * spread) {
        let what = if found.mean > mean { "brighter" } else { "darker" };
        return Some(format!(
            "these images are much {what} than those that the run was trained on ({numbers})"
        ));
    }
    let ratio = found.contrast / contrast;
    if contrast > 0.0 && !(1.0 / CONTRAST..=CONTRAST).contains(&ratio) {
        let what = if ratio < 1.0 { "flatter" } else { "harder" };
        return Some(format!(
            "these images are much {what} than those that the run was trained on (contrast {:.2} where it was \
             {contrast:.2})",
            found.contrast
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_for_a_net_of_digits_are_told_from_digits() {
        let digits: Terms = [("mean", 0.13), ("contrast", 0.31), ("spread", 0.04)]
            .map(|(name, value)| (name.into(), value))
            .into();
        let found = |mean: f64, contrast: f64| Values { mean, contrast, images: 4, ..Values::default() };
        assert_eq!(warning(&digits, &found(0.15, 0.33), false), None);
        let scans = warning(&digits, &found(0.87, 0.31), false).unwrap();
        assert!(scans.contains("dark on light") && scans.contains("with --invert"), "{scans}");
        assert!(warning(&digits, &found(0.45, 0.31), false).unwrap().contains("much brighter"));
        assert!(warning(&digits, &found(0.13, 0.05), false).unwrap().contains("much flatter"));
        assert_eq!(
            warning(&Terms::new(), &found(0.87, 0.3), false),
            None,
            "an older run says nothing of its images"
        );
    }
}
