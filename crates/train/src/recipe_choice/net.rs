//! Layers as a recipe has them, and those of nets without convolutions.

use data::ImageShape;

/// Layers as a recipe has them, and a few words for them.
pub(super) struct Net {
    pub encoder: Vec<String>,
    pub decoder: Vec<String>,
    pub words: String,
}

impl Net {
    /// A dense net for rows of so many standardised values.
    pub fn of_rows(columns: usize) -> Self {
        let wide = (4 * columns).next_power_of_two().clamp(32, 512);
        let units = [wide, wide / 2];
        let layer = |units: usize| format!("{{ layer = \"dense\", units = {units}, activation = \"relu\" }}");
        let encoder = vec!["{ layer = \"flatten\" }".into(), layer(units[0]), layer(units[1])];
        let decoder = vec![
            layer(units[1]),
            layer(units[0]),
            format!("{{ layer = \"dense\", units = {columns} }}"),
            format!("{{ layer = \"reshape\", shape = [1, {columns}, 1] }}"),
        ];
        Self { encoder, decoder, words: format!("dense layers of {} and {} units", units[0], units[1]) }
    }

    /// For images of few pixels: two hidden layers on each side.
    pub fn dense(ImageShape { height, width, channels }: ImageShape) -> Self {
        let layer = |units: usize| format!("{{ layer = \"dense\", units = {units}, activation = \"relu\" }}");
        let encoder = vec!["{ layer = \"flatten\" }".into(), layer(512), layer(256)];
        let decoder = vec![
            layer(256),
            layer(512),
            format!("{{ layer = \"dense\", units = {} }}", height * width * channels),
            format!("{{ layer = \"reshape\", shape = [{height}, {width}, {channels}] }}"),
        ];
        Self { encoder, decoder, words: "dense layers of 512 and 256 units".into() }
    }
}
