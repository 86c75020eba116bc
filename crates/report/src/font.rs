//! The bundled typeface: how wide text is, and the font database that rasterising uses.
//!
//! Layout measures text with the same font that [`crate::Figure::png`] draws, so nothing overlaps or is
//! cut off; a viewer without Inter falls back to a sans-serif font of nearly the same width.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb;
use skrifa::{FontRef, MetadataProvider, instance::LocationRef, instance::Size};

/// The `font-family` of every figure.
pub(crate) const FAMILY: &str = "Inter, 'Helvetica Neue', Arial, sans-serif";

static REGULAR: &[u8] = include_bytes!("../fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../fonts/Inter-SemiBold.otf");

/// The two weights of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    SemiBold,
}

/// Width of `text` in pixels when set at `size` pixels.
pub(crate) fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    let data = if weight == Weight::Regular { REGULAR } else { SEMI_BOLD };
    let Ok(font) = FontRef::new(data) else { return 0.6 * size * text.chars().count() as f64 };
    let (letters, metrics) = (font.charmap(), font.glyph_metrics(Size::unscaled(), LocationRef::default()));
    let units_per_em = f64::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
    let advance = |letter| {
        let glyph = letters.map(letter).unwrap_or_default(); // .notdef for letters that are not bundled
        f64::from(metrics.advance_width(glyph).unwrap_or_default())
    };
    text.chars().map(advance).sum::<f64>() * size / units_per_em
}

/// The widest of `texts` in pixels; 0 when there are none.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64, weight: Weight) -> f64 {
    texts.into_iter().map(|text| text_width(text, size, weight)).fold(0.0, f64::max)
}

/// The fonts of the rasteriser: the bundled ones and nothing from the machine.
pub(crate) fn database() -> Arc<fontdb::Database> {
    static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut database = fontdb::Database::new();
        database.load_font_data(REGULAR.to_vec());
        database.load_font_data(SEMI_BOLD.to_vec());
        database.set_sans_serif_family("Inter");
        Arc::new(database)
    });
    Arc::clone(&DATABASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_weights_are_one_family() {
        let database = database();
        let faces: Vec<_> =
            database.faces().map(|face| (face.families[0].0.clone(), face.weight.0)).collect();
        assert_eq!(faces, [("Inter".to_string(), 400), ("Inter".to_string(), 600)]);
    }

    #[test]
    fn every_sign_of_the_figures_is_bundled() {
        for data in [REGULAR, SEMI_BOLD] {
            let font = FontRef::new(data).unwrap();
            for letter in "azAZ09 z₀z₁z₂z₃z₄z₅z₆z₇z₈z₉ −4.0 2×10⁻⁵ · … – — µμσλβεΔ ≤≥≈∞√→ ±½² äéñøß".chars()
            {
                assert!(font.charmap().map(letter).is_some(), "{letter}");
            }
        }
    }

    #[test]
    fn widths_grow_with_text_size_and_weight() {
        let width = |text, size, weight| text_width(text, size, weight);
        assert_eq!(width("", 12.0, Weight::Regular), 0.0);
        assert!(width("epoch", 12.0, Weight::SemiBold) > width("epoch", 12.0, Weight::Regular));
        assert!(
            (width("epoch", 24.0, Weight::Regular) / width("epoch", 12.0, Weight::Regular) - 2.0).abs()
                < 1e-9
        );
        assert!((30.0..40.0).contains(&width("epoch", 12.0, Weight::Regular)));
    }
}
