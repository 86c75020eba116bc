//! Noise: what happens to an image on its way from the scene to a file, a pure function of seed, step and image.
//!
//! Where several kinds are given, they come in the order in which a camera makes them, however they are written: the lens
//! blurs, the sensor counts photons, its electronics add to the count and the value is cut off at black and at white, some
//! pixels fail, and the file is a JPEG.

mod blur;
mod compression;
mod pixels;
mod poisson;
mod text;

use random::Stream;
use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::shape::ImageShape;

/// Kinds of noise and how much of each; at least one is given.
///
/// As text: `gaussian:0.1,jpeg:30`; a number alone is Gaussian. In TOML: a number, or a table such as
/// `{ gaussian = 0.1, jpeg = 30 }`.
///
/// ```
/// use data::Noise;
///
/// let noise: Noise = "jpeg:30, gaussian:0.1".parse()?;
/// assert_eq!(noise, Noise { gaussian: Some(0.1), jpeg: Some(30), ..Noise::default() });
/// assert_eq!(noise.to_string(), "gaussian:0.1,jpeg:30");
/// assert_eq!("0.5".parse(), Ok(Noise::gaussian(0.5)));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", default, deny_unknown_fields)] // the table; `text` adds the number
pub struct Noise {
    /// Standard deviation of a Gaussian blur, in pixels; beyond its border an image goes on as its mirror image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<f32>,
    /// Photons at value 1: x becomes Poisson(x · photons) / photons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poisson: Option<f32>,
    /// Standard deviation of what is added to each value, in units of pixel value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaussian: Option<f32>,
    /// Part of the pixels that become black or white in all channels, half of them each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<f32>,
    /// Quality, 1 to 100, of a JPEG file (baseline, colours not subsampled) that the image goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jpeg: Option<u8>,
}

impl Noise {
    /// Gaussian noise of this standard deviation alone.
    pub fn gaussian(deviation: f32) -> Self {
        Self { gaussian: Some(deviation), ..Self::default() }
    }

    /// Whether no other kind than Gaussian is given, which alone has a meaning for values without bounds.
    pub fn is_gaussian(&self) -> bool {
        *self == Self { gaussian: self.gaussian, ..Self::default() }
    }

    /// As a recipe has it: `0.1`, or `{ gaussian = 0.1, jpeg = 30 }`.
    pub fn to_toml(&self) -> String {
        match self.gaussian {
            Some(deviation) if self.is_gaussian() => deviation.to_string(),
            _ => format!("{{ {} }}", self.to_string().replace(':', " = ").replace(',', ", ")),
        }
    }

    /// Checks every number; `key` is where a recipe has them.
    pub(crate) fn check(&self, key: &str) -> Result<(), DataError> {
        self.fault().map_or(Ok(()), |Fault { kind, value, allowed }| {
            let key =
                if kind.is_empty() || self.is_gaussian() { key.to_owned() } else { format!("{key}.{kind}") };
            Err(DataError::field(&key, value, allowed + " (remove it for none)"))
        })
    }

    /// The first number that is out of its range.
    fn fault(&self) -> Option<Fault> {
        if *self == Self::default() {
            let allowed = "must be a number or have one of blur, poisson, gaussian, salt, jpeg";
            return Some(Fault { kind: "", value: "{}".into(), allowed: allowed.into() });
        }
        let limits = [
            ("blur", self.blur, 64.0),
            ("poisson", self.poisson, 1e4),
            ("gaussian", self.gaussian, 10.0),
            ("salt", self.salt, 1.0),
        ];
        let of_number = limits.into_iter().find_map(|(kind, value, most)| {
            let value = value.filter(|value| !(*value > 0.0 && *value <= most))?.to_string();
            let allowed = format!("must be above 0 and at most {most}");
            Some(Fault { kind, value, allowed })
        });
        of_number.or_else(|| {
            let value = self.jpeg.filter(|quality| !(1..=100).contains(quality))?.to_string();
            Some(Fault { kind: "jpeg", value, allowed: "must lie between 1 and 100".into() })
        })
    }
}

/// A number that is out of its range.
struct Fault {
    kind: &'static str,
    value: String,
    allowed: String,
}

/// The random numbers of every kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NoiseStreams {
    gaussian: Stream,
    photons: Stream,
    salt: Stream,
}

impl NoiseStreams {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            gaussian: Stream::new(seed, "input noise"),
            photons: Stream::new(seed, "photons"),
            salt: Stream::new(seed, "salt and pepper"),
        }
    }

    /// Puts noise on an image, number `sample` at `step`: values [height, width, channels] in [0, 1], and afterwards again
    /// where they have bounds.
    pub(crate) fn apply(
        &self,
        noise: &Noise,
        (step, sample): (u64, u32),
        shape: ImageShape,
        has_bounds: bool,
        image: &mut [f32],
    ) {
        if let Some(deviation) = noise.blur {
            blur::blur(image, shape, deviation);
        }
        if let Some(photons) = noise.poisson {
            pixels::count_photons(image, photons, &mut self.photons.cursor(step, sample));
        }
        if let Some(deviation) = noise.gaussian {
            let (low, high) = if has_bounds { (0.0, 1.0) } else { (f32::MIN, f32::MAX) };
            self.gaussian.each_normal(step, sample, image.len(), |i, normal| {
                image[i] = (image[i] + deviation * normal).clamp(low, high);
            });
        } else if noise.poisson.is_some() {
            image.iter_mut().for_each(|value| *value = value.min(1.0));
        }
        if let Some(part) = noise.salt {
            pixels::fail(image, shape.channels, part, &mut self.salt.cursor(step, sample));
        }
        if let Some(quality) = noise.jpeg {
            compression::through_jpeg(image, shape, quality);
        }
    }
}

#[cfg(test)]
mod tests;
