//! How much of a change is drawn.

use random::Cursor;

/// A number from −`most` to `most`; 0 where nothing is said, without a draw.
pub(super) fn about_0(draw: &mut Cursor, most: Option<f32>) -> f32 {
    most.map_or(0.0, |most| draw.between(-most, most))
}
