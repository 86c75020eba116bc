//! What each error says.

use testing::every_kind;

use super::FigureError::{
    Channels, Count, Empty, ImageShape, Label, Marks, NotFinite, PageSize, Raster, Size,
};

#[test]
fn every_error_says_what_and_what_is_allowed() {
    every_kind!(
        [
            Empty(_),
            Count { .. },
            ImageShape { .. },
            Channels(_),
            Label { .. },
            NotFinite(_),
            Size { .. },
            PageSize { .. },
            Marks(_),
            Raster(_),
        ],
        [
            (Empty("points"), "nothing to draw: there are no points"),
            (Count { what: "labels", got: 3, expected: 4 }, "labels: 3 given where 4 are needed"),
            (
                ImageShape { shape: [2, 3, 3, 1], values: 17 },
                "17 pixel values do not make images of shape [2, 3, 3, 1] (count, height, width, channels)",
            ),
            (Channels(4), "images with 4 channels cannot be drawn: 1 (grey) or 3 (RGB) are allowed"),
            (
                Label { label: 7, point: 2, names: 3 },
                "label 7 of point 2 has no name: 3 class names are given",
            ),
            (NotFinite("losses"), "nothing to draw: none of the losses is a finite number"),
            (
                Size { width: 1e6, height: 10.0, limit: 16_384 },
                "a picture of 1000000 × 10 pixels cannot be made: each side must be 1 to 16384 pixels",
            ),
            (
                PageSize { bytes: 99, limit: 9 },
                "the page would take 99 bytes: at most 9 are allowed; draw fewer or smaller images",
            ),
            (Marks("no form".into()), "the marks of a figure cannot be written: no form"),
            (Raster("no font".into()), "rasterising failed: no font"),
        ]
    );
}
