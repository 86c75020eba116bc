//! Ways from one code to another.

/// The way between two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The straight line (1 − t) a + t b.
    Linear,
    /// The arc sin((1 − t) Ω) / sin Ω · a + sin(t Ω) / sin Ω · b, with Ω the angle between a and b: it keeps the
    /// length that codes of N(0, I) have, which the straight line cuts short in high dimensions
    /// (Shoemake 1985; White 2016, *Sampling generative networks*).
    Spherical,
}

/// Codes that have no arc between them.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PathError {
    /// Codes of different length.
    #[error("codes of {from} and {to} values: both must have the same number")]
    Dimensions {
        /// Values of the first code.
        from: usize,
        /// Values of the second.
        to: usize,
    },

    /// A code of length 0 has no direction.
    #[error("one of the codes is 0, which has no direction: the arc to it is not defined")]
    Zero,

    /// Codes that point in opposite directions.
    #[error("the codes point in opposite directions: there is no one arc between them")]
    Opposite,
}

impl Path {
    /// `steps` codes on the way from `from` to `to`, `[steps, dims]`, both ends included (the middle alone for
    /// a single step).
    ///
    /// # Errors
    /// [`PathError`] for codes of different dimensions, and where no arc is defined.
    ///
    /// ```
    /// use model::Path;
    ///
    /// let (right, up) = ([2.0, 0.0], [0.0, 2.0]);
    /// assert_eq!(Path::Linear.between(&right, &up, 3)?[2..4], [1.0, 1.0]);
    /// let arc = Path::Spherical.between(&right, &up, 3)?;
    /// assert!((arc[2] - 2f32.sqrt()).abs() < 1e-6 && (arc[3] - 2f32.sqrt()).abs() < 1e-6);
    /// # Ok::<(), model::PathError>(())
    /// ```
    pub fn between(self, from: &[f32], to: &[f32], steps: usize) -> Result<Vec<f32>, PathError> {
        if from.len() != to.len() {
            return Err(PathError::Dimensions { from: from.len(), to: to.len() });
        }
        let weights: Box<dyn Fn(f64) -> (f64, f64)> = match self {
            Self::Linear => Box::new(|t| (1.0 - t, t)),
            Self::Spherical => {
                let angle = angle(from, to)?;
                // Between codes of one direction the arc is the line.
                if angle < 1e-6 {
                    Box::new(|t| (1.0 - t, t))
                } else {
                    Box::new(move |t| {
                        (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
                    })
                }
            }
        };
        let share = |step: usize| if steps < 2 { 0.5 } else { step as f64 / (steps - 1) as f64 };
        let mut codes = Vec::with_capacity(steps * from.len());
        for step in 0..steps {
            // The ends are the codes themselves, to the bit.
            match step {
                0 if steps > 1 => codes.extend_from_slice(from),
                _ if steps > 1 && step + 1 == steps => codes.extend_from_slice(to),
                _ => {
                    let (a, b) = weights(share(step));
                    let mix = |(x, y): (&f32, &f32)| (a * f64::from(*x) + b * f64::from(*y)) as f32;
                    codes.extend(from.iter().zip(to).map(mix));
                }
            }
        }
        Ok(codes)
    }
}

/// The angle between two codes, in radians.
fn angle(from: &[f32], to: &[f32]) -> Result<f64, PathError> {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum() };
    let (from_length, to_length) = (dot(from, from).sqrt(), dot(to, to).sqrt());
    if from_length == 0.0 || to_length == 0.0 {
        return Err(PathError::Zero);
    }
    // Kahan's formula keeps its accuracy near 0 and π, where the arc cosine of the product loses half the digits.
    let (mut sum, mut difference) = (0.0, 0.0);
    for (x, y) in from.iter().zip(to) {
        let (x, y) = (f64::from(*x) / from_length, f64::from(*y) / to_length);
        sum += (x + y).powi(2);
        difference += (x - y).powi(2);
    }
    if sum.sqrt() < 1e-6 {
        return Err(PathError::Opposite);
    }
    Ok(2.0 * difference.sqrt().atan2(sum.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(code: &[f32]) -> f64 {
        code.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn both_ways_begin_and_end_at_the_codes() {
        let (a, b) = ([0.3, -1.7, 2.2], [1.1, 0.4, -0.9]);
        for path in [Path::Linear, Path::Spherical] {
            let codes = path.between(&a, &b, 9).unwrap();
            assert_eq!((&codes[..3], &codes[24..]), (&a[..], &b[..]));
            assert_eq!(path.between(&a, &b, 1).unwrap(), &codes[12..15]);
            assert!(path.between(&a, &b, 0).unwrap().is_empty());
        }
    }

    #[test]
    fn the_arc_keeps_length_and_turns_evenly() {
        let (a, b) = ([3.0, 0.0, 4.0], [0.0, 5.0, 0.0]);
        let codes = Path::Spherical.between(&a, &b, 7).unwrap();
        for code in codes.chunks(3) {
            assert!((length(code) - 5.0).abs() < 1e-5, "{code:?}");
        }
        for pair in codes.windows(6).step_by(3) {
            let turned = angle(&pair[..3], &pair[3..]).unwrap();
            assert!((turned - std::f64::consts::FRAC_PI_2 / 6.0).abs() < 1e-6, "{turned}");
        }
    }

    #[test]
    fn codes_of_one_direction_are_joined_by_a_line() {
        let codes = Path::Spherical.between(&[1.0, 2.0], &[2.0, 4.0], 3).unwrap();
        assert!((codes[2] - 1.5).abs() < 1e-6 && (codes[3] - 3.0).abs() < 1e-6);
    }

    #[test]
    fn arcs_that_are_none_are_refused() {
        let between = |a: &[f32], b: &[f32]| Path::Spherical.between(a, b, 3).unwrap_err();
        assert_eq!(between(&[1.0], &[1.0, 2.0]), PathError::Dimensions { from: 1, to: 2 });
        assert_eq!(between(&[0.0, 0.0], &[1.0, 2.0]), PathError::Zero);
        assert_eq!(between(&[1.0, -2.0], &[-0.5, 1.0]), PathError::Opposite);
    }
}
