//! Where an image is strange: beside its reconstruction, and beside normal images, pixel by pixel.

use analysis::{NormalPixels, PicturePair};
use rayon::prelude::*;
use train::ImageSource;

use crate::pictures::Pictures;
use crate::runs::{Reconstruction, Run};

/// Images that go through the network at a time; bounds memory.
const BATCH: usize = 256;

/// How strange each pixel of some images is.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMaps {
    /// Standard deviations above what normal images have at that pixel.
    pub values: Vec<f32>,
    /// Images, height, width.
    pub shape: [usize; 3],
}

impl HeatMaps {
    /// Those of all `count` images of `seen`, beside normal ones; see [`NormalPixels`].
    pub fn of(run: &mut Run, seen: &ImageSource<'_>, count: usize, normal: &NormalPixels) -> Self {
        let [height, width, _] = normal.shape;
        let mut values = Vec::with_capacity(count * height * width);
        in_batches(run, seen, count, |pairs| values.extend(Self::of_pairs(pairs, normal).values));
        Self { values, shape: [count, height, width] }
    }

    /// Those of some pictures and their reconstructions.
    pub fn of_pairs(pairs: &[PicturePair<'_>], normal: &NormalPixels) -> Self {
        let [height, width, _] = normal.shape;
        let maps: Vec<Vec<f32>> = pairs.par_iter().map(|pair| normal.heat(*pair, height, width)).collect();
        Self { values: maps.concat(), shape: [pairs.len(), height, width] }
    }

    /// Pixels of one map.
    pub fn each(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// The map of image `i`.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn map(&self, i: usize) -> &[f32] {
        &self.values[i * self.each()..(i + 1) * self.each()]
    }

    /// The hottest pixel of each image.
    pub fn peaks(&self) -> Vec<f64> {
        let hottest = |map: &[f32]| f64::from(map.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        self.values.chunks_exact(self.each()).map(hottest).collect()
    }

    /// The pictures, [images, height, width, channels], with their hot places in colour: from yellow where a pixel is hotter
    /// than `normal` to red at twice that and above.
    ///
    /// # Panics
    /// If they are not as many, of that size.
    pub fn over(&self, pictures: &Pictures, normal: f32) -> Pictures {
        let [count, height, width, channels] = pictures.shape;
        assert_eq!([count, height, width], self.shape, "pictures under heat maps");
        let pixels = pictures.pixels.chunks_exact(channels).zip(&self.values).flat_map(|(pixel, heat)| {
            let color = if channels < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
            overlaid(color, heat / normal)
        });
        Pictures { pixels: pixels.collect(), shape: [count, height, width, 3] }
    }
}

/// Heat maps of all images, and how hot normal images become.
pub struct Heat {
    /// The maps.
    pub maps: HeatMaps,
    /// The hottest pixel that the share of normal images stays below which the verdict does: colours begin there.
    pub normal: f32,
}

impl Heat {
    /// The images at `indices`, which `pictures` are, with their hot places in colour.
    pub fn some_over(&self, pictures: &Pictures, indices: &[usize]) -> Pictures {
        let [_, height, width] = self.maps.shape;
        let values = indices.iter().flat_map(|i| self.maps.map(*i)).copied().collect();
        HeatMaps { values, shape: [indices.len(), height, width] }.over(pictures, self.normal)
    }
}

/// A pixel's colour under a heat, 1 where colours begin.
fn overlaid(color: [f32; 3], heat: f32) -> [f32; 3] {
    const OPACITY: f32 = 0.75;
    let share = (heat - 1.0).clamp(0.0, 1.0);
    let (yellow, red) = ([1.0, 0.85, 0.0], [0.84, 0.1, 0.1]);
    let opacity = OPACITY * share.sqrt();
    std::array::from_fn(|i| {
        let hot = yellow[i] + share * (red[i] - yellow[i]);
        color[i] + opacity * (hot - color[i])
    })
}

/// Calls `see` with all `count` images of `seen` beside their reconstructions, some at a time.
pub(super) fn in_batches(
    run: &mut Run,
    seen: &ImageSource<'_>,
    count: usize,
    mut see: impl FnMut(&[PicturePair<'_>]),
) {
    for first in (0..count).step_by(BATCH) {
        let indices: Vec<usize> = (first..(first + BATCH).min(count)).collect();
        see(&pairs(&run.reconstruct_at(seen, &indices)));
    }
}

/// Pictures beside their reconstructions.
pub(super) fn pairs(made: &Reconstruction) -> Vec<PicturePair<'_>> {
    let each = made.targets.shape[1..].iter().product();
    let [targets, outputs] = [&made.targets, &made.outputs].map(|made| made.pixels.chunks_exact(each));
    targets.zip(outputs).map(|(picture, reconstruction)| PicturePair { picture, reconstruction }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hot_places_are_coloured() {
        let maps = HeatMaps { values: vec![0.0, 4.0, 8.0, 40.0], shape: [1, 2, 2] };
        let grey = Pictures { pixels: vec![0.3; 4], shape: [1, 2, 2, 1] };
        let over = maps.over(&grey, 4.0);
        assert_eq!(over.shape, [1, 2, 2, 3]);
        assert_eq!(over.pixels[..6], [0.3; 6]); // cold, and as hot as normal images become
        assert_eq!(over.pixels[6..9], over.pixels[9..]); // full is full
        assert!(over.pixels[6] > 0.6 && over.pixels[7] < 0.3);
    }
}
