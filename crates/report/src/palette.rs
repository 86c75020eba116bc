//! Colours that people with any colour vision can tell apart.

/// Okabe & Ito (2008), black first: for lines. Their yellow is darkened, since thin lines stand on white.
pub(crate) const LINES: [&str; 8] =
    ["#1f2328", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b5a800"];

/// For points of up to 20 classes: the ten colours of Petroff (2021, arXiv:2107.02270), optimised for
/// colour-vision deficiency, then the same hues darkened. Ordered so that the first classes are vivid and
/// the digits that mix in latent spaces (3 5 8, 4 7 9) get colours that nobody confuses.
const CLASSES: [[u8; 3]; 20] = [
    [0x83, 0x2d, 0xb6],
    [0xff, 0xa9, 0x0e],
    [0xbd, 0x1f, 0x01],
    [0x3f, 0x90, 0xda],
    [0xe7, 0x63, 0x00],
    [0xa9, 0x6b, 0x59],
    [0x92, 0xda, 0xdd],
    [0x71, 0x75, 0x81],
    [0x94, 0xa4, 0xa2],
    [0xb9, 0xac, 0x70],
    [0x45, 0x0f, 0x66],
    [0x9c, 0x60, 0x00],
    [0x5e, 0x0a, 0x00],
    [0x1d, 0x52, 0x86],
    [0x86, 0x36, 0x00],
    [0x5c, 0x33, 0x27],
    [0x3c, 0x80, 0x84],
    [0x33, 0x36, 0x40],
    [0x4c, 0x58, 0x56],
    [0x6b, 0x61, 0x31],
];

/// Anchors of viridis (Smith & van der Walt 2015) at 0, 1/10, … 1; straight lines between them stay within
/// 3/255 of the original.
const VIRIDIS: [[u8; 3]; 11] = [
    [68, 1, 84],
    [72, 36, 117],
    [65, 68, 135],
    [53, 95, 141],
    [42, 120, 142],
    [33, 145, 140],
    [34, 168, 132],
    [68, 191, 112],
    [122, 209, 81],
    [189, 223, 38],
    [253, 231, 37],
];

/// The colour of points when nothing is known about them.
pub(crate) const PLAIN: [u8; 3] = [0x00, 0x72, 0xb2];

/// The colour of points whose value is not a number.
pub(crate) const UNKNOWN: [u8; 3] = [0xa0, 0xa0, 0xa0];

/// The colour of class `index`; repeats after 20.
pub(crate) fn class_color(index: usize) -> [u8; 3] {
    CLASSES[index % CLASSES.len()]
}

/// The colour of `share` in [0, 1] on the viridis map.
pub(crate) fn map_color(share: f64) -> [u8; 3] {
    let steps = VIRIDIS.len() - 1;
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let position = share * steps as f64;
    let index = (position as usize).min(steps - 1);
    let rest = position - index as f64;
    std::array::from_fn(|channel| {
        let (low, high) = (f64::from(VIRIDIS[index][channel]), f64::from(VIRIDIS[index + 1][channel]));
        (low + rest * (high - low)).round() as u8
    })
}

/// `#rrggbb`.
pub(crate) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_meets_its_anchors() {
        assert_eq!(hex(map_color(0.0)), "#440154");
        assert_eq!(hex(map_color(0.5)), "#21918c");
        assert_eq!(hex(map_color(1.0)), "#fde725");
        assert_eq!(map_color(f64::NAN), map_color(0.0));
    }

    #[test]
    fn class_colors_differ() {
        let distance = |a: [u8; 3], b: [u8; 3]| (0..3).map(|i| a[i].abs_diff(b[i]) as u32).max().unwrap_or(0);
        for first in 0..20 {
            assert!((0..first).all(|second| distance(class_color(first), class_color(second)) > 20));
        }
    }
}
