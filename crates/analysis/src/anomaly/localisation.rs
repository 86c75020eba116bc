//! How well heat maps show where anomalies are.

use rayon::prelude::*;

use super::error::AnomalyError;

/// False positive rate up to which the overlap of regions is averaged, as in the source.
const MOST_FALSE_POSITIVES: f64 = 0.3;

/// How well heat maps find the marked pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Localisation {
    /// Area under the ROC curve of all pixels of all images: the probability that a marked pixel is hotter than any other,
    /// ties counting ½; in [0, 1], ½ for chance.
    pub pixel_auroc: f64,
    /// Area under the per-region-overlap curve up to a false positive rate of 0.3, divided by 0.3; in [0, 1], higher is
    /// better. The overlap is the mean over regions (of 8-connected marked pixels) of the part of them that is found, so
    /// that small regions count as much as large ones (Bergmann et al. 2021, The MVTec AD dataset, section 5).
    pub pro: f64,
    /// Connected regions.
    pub regions: usize,
}

/// Judges heat maps (higher: more anomalous) against masks of what is anomalous, both of `[images, height, width]`.
///
/// # Errors
/// [`AnomalyError`] for lengths that differ, values that are not finite, and when all or no pixels are marked.
///
/// ```
/// let (maps, masks) = ([0.1, 0.9, 0.2, 0.3], [false, true, false, false]);
/// let found = analysis::localisation(&maps, &masks, [1, 2, 2])?;
/// assert_eq!((found.pixel_auroc, found.pro, found.regions), (1.0, 1.0, 1));
/// # Ok::<(), analysis::AnomalyError>(())
/// ```
pub fn localisation(maps: &[f32], masks: &[bool], shape: [usize; 3]) -> Result<Localisation, AnomalyError> {
    let pixels = shape.iter().product::<usize>();
    if maps.len() != pixels || masks.len() != pixels {
        return Err(AnomalyError::Length { scores: maps.len(), marks: masks.len() });
    }
    if let Some(index) = maps.iter().position(|value| !value.is_finite()) {
        return Err(AnomalyError::NotFinite { index, value: maps[index].into() });
    }
    let anomalous = masks.iter().filter(|mark| **mark).count();
    if anomalous == 0 || anomalous == pixels {
        return Err(AnomalyError::OneKind { anomalous, samples: pixels });
    }
    let (region_of, sizes) = regions(masks, shape);
    let mut order: Vec<u32> = (0..pixels as u32).collect();
    order.par_sort_unstable_by(|a, b| maps[*b as usize].total_cmp(&maps[*a as usize]));
    let normal = (pixels - anomalous) as f64;
    let (mut found, mut false_alarms, mut twice_ordered) = (0usize, 0usize, 0u128);
    // Points of the curve of overlap over false positive rate, and the area below it so far.
    let (mut rate, mut overlap, mut area) = (0.0f64, 0.0f64, 0.0f64);
    for tied in order.chunk_by(|a, b| maps[*a as usize] == maps[*b as usize]) {
        let (rate_before, overlap_before) = (rate, overlap);
        let mut anomalies = 0;
        for pixel in tied.iter().map(|pixel| *pixel as usize).filter(|pixel| masks[*pixel]) {
            anomalies += 1;
            overlap += 1.0 / (sizes[region_of[pixel] as usize] as f64 * sizes.len() as f64);
        }
        let others = tied.len() - anomalies;
        twice_ordered += (2 * found + anomalies) as u128 * others as u128;
        found += anomalies;
        false_alarms += others;
        rate = false_alarms as f64 / normal;
        if rate_before < MOST_FALSE_POSITIVES && others > 0 {
            let end = rate.min(MOST_FALSE_POSITIVES);
            let part = (end - rate_before) / (rate - rate_before);
            let at_end = overlap_before + part * (overlap - overlap_before);
            area += (end - rate_before) * (overlap_before + at_end) / 2.0;
        }
    }
    Ok(Localisation {
        pixel_auroc: twice_ordered as f64 / (2.0 * anomalous as f64 * normal),
        pro: area / MOST_FALSE_POSITIVES,
        regions: sizes.len(),
    })
}

/// The region of each marked pixel, and the size of each region.
fn regions(masks: &[bool], [images, height, width]: [usize; 3]) -> (Vec<u32>, Vec<usize>) {
    const NONE: u32 = u32::MAX;
    let mut region_of = vec![NONE; masks.len()];
    let mut sizes = Vec::new();
    let mut open = Vec::new();
    for start in 0..masks.len() {
        if !masks[start] || region_of[start] != NONE {
            continue;
        }
        let region = sizes.len() as u32;
        let first = start / (height * width) * (height * width);
        let mut size = 0;
        region_of[start] = region;
        open.push(start);
        while let Some(pixel) = open.pop() {
            size += 1;
            let (y, x) = ((pixel - first) / width, (pixel - first) % width);
            for row in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let next = first + row * width + column;
                    if masks[next] && region_of[next] == NONE {
                        region_of[next] = region;
                        open.push(next);
                    }
                }
            }
        }
        sizes.push(size);
    }
    debug_assert!(images * height * width == masks.len());
    (region_of, sizes)
}
