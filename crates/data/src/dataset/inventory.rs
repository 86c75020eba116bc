//! What was found when a set was opened: what was read and left out, classes, values, and what a person should know.

use serde::Serialize;

use super::values::Values;
use crate::appearance::Background;
use crate::columns::Columns;

/// What a path holds and what of it became images.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inventory {
    /// Kinds of files that were read, by extension, with the number of images of each, most first; empty for one file.
    pub kinds: Vec<(String, usize)>,
    /// What was left out and why, one phrase each.
    pub left_out: Vec<String>,
    /// How the source was understood: layout, arrays, scale, background, splits; one sentence each.
    pub notes: Vec<String>,
    /// Classes by name with the number of images of each, over all splits; empty where classes are not known.
    pub classes: Vec<(String, usize)>,
    /// What the values of the images are like.
    pub values: Values,
    /// The values of the source that became black and white, where they are not bytes or intensities.
    pub range: Option<[f64; 2]>,
    /// What was laid behind transparent pixels, where there were some.
    pub background: Option<Background>,
    /// The columns of a table, standardised by the training rows.
    pub columns: Option<Columns>,
}

impl Inventory {
    /// What no training on such data can mend, and what to do about it: all images equal or without contrast, or nearly
    /// black. To be looked at before anything else is blamed.
    pub fn fault(&self) -> Option<String> {
        const DARK: f32 = 0.2;
        let Values { images, constant, identical, max, .. } = self.values;
        let (things, is_table) = if self.columns.is_some() { ("rows", true) } else { ("images", false) };
        let what = if images > 1 && identical + 1 == images {
            format!("all {images} {things} are equal")
        } else if images > 1 && constant == images && !is_table {
            format!("each of the {images} images is of one value throughout")
        } else if max < DARK && !is_table {
            return Some(format!(
                "no value is above {max:.3}, so images are nearly black; if white is another value, say which: --set \
                 data.range=[0, WHITE]"
            ));
        } else {
            return None;
        };
        let hint = match self.background {
            Some(Background::Black) => {
                "; transparent parts are laid over black: try --set data.background=white"
            }
            Some(Background::White) => {
                "; transparent parts are laid over white: try --set data.background=black"
            }
            None => "",
        };
        Some(format!("{what}: there is nothing to learn{hint}"))
    }
}
