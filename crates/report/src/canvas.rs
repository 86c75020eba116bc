//! Writes SVG: numbers with at most two decimals, text escaped, nothing that depends on the machine.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::figure::{Figure, Mark};
use crate::font::{self, Weight};

/// Text, marks and titles.
pub(crate) const INK: &str = "#1f2328";
/// Tick labels, captions and notes.
pub(crate) const SOFT_INK: &str = "#57606a";
/// Axis lines and tick marks.
pub(crate) const AXIS: &str = "#8c959f";
/// Grid lines.
pub(crate) const GRID: &str = "#e8eaed";

/// Size of titles, in pixels.
pub(crate) const TITLE: f64 = 14.0;
/// Size of axis titles, legends and row labels, in pixels.
pub(crate) const LABEL: f64 = 12.0;
/// Size of tick labels and captions, in pixels.
pub(crate) const SMALL: f64 = 11.0;

/// An axis-aligned rectangle in pixels, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub fn center(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// Which part of a text stands at its x coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set. Its y coordinate is the middle of the capital letters, not the baseline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Type {
    pub size: f64,
    pub weight: Weight,
    pub anchor: Anchor,
    pub color: &'static str,
    /// A white outline behind the letters, to stay readable on top of data.
    pub halo: bool,
    /// Turned by 90° counter-clockwise, as the title of a y axis.
    pub upright: bool,
}

impl Type {
    pub const TITLE: Self = Self::new(TITLE, Weight::SemiBold, INK);
    pub const LABEL: Self = Self::new(LABEL, Weight::Regular, INK);
    pub const SMALL: Self = Self::new(SMALL, Weight::Regular, SOFT_INK);

    pub const fn new(size: f64, weight: Weight, color: &'static str) -> Self {
        Self { size, weight, anchor: Anchor::Start, color, halo: false, upright: false }
    }

    pub const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub const fn sized(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub const fn colored(self, color: &'static str) -> Self {
        Self { color, ..self }
    }

    pub const fn with_halo(self) -> Self {
        Self { halo: true, ..self }
    }

    pub const fn upright(self) -> Self {
        Self { upright: true, ..self }
    }

    pub fn width(&self, text: &str) -> f64 {
        font::text_width(text, self.size, self.weight)
    }
}

/// A picture being drawn, on white.
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    body: String,
    marks: Vec<Mark>,
}

impl Canvas {
    /// A white page; sides are rounded up to whole pixels.
    pub fn new(width: f64, height: f64) -> Self {
        let (width, height) = (width.ceil(), height.ceil());
        let mut canvas = Self { width, height, body: String::new(), marks: Vec::new() };
        canvas.rect(Rect { x: 0.0, y: 0.0, width, height }, "fill=\"#ffffff\"");
        canvas
    }

    /// The finished figure; `description` says in words what it shows, for readers who do not see it.
    pub fn finish(self, description: &str) -> Figure {
        let (width, height) = (self.width, self.height);
        let (w, h) = (number(width), number(height));
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             role=\"img\" aria-label=\"{}\" font-family=\"{}\">\n{}</svg>\n",
            escape(description),
            font::FAMILY,
            self.body,
        );
        Figure::new(svg, width, height, self.marks)
    }

    /// Says what stands at `at`, for pages that show it on demand.
    pub fn mark(&mut self, at: (f64, f64), text: impl Into<String>) {
        self.marks.push(Mark { x: at.0, y: at.1, text: text.into(), point: None });
    }

    /// As [`Self::mark`], of point `point` of the figure's table.
    pub fn mark_point(&mut self, at: (f64, f64), text: impl Into<String>, point: usize) {
        let point = u32::try_from(point).ok();
        self.marks.push(Mark { x: at.0, y: at.1, text: text.into(), point });
    }

    /// Starts a group that carries `attributes`; closed by [`Self::close`].
    pub fn open(&mut self, attributes: &str) {
        let _ = writeln!(self.body, "<g {attributes}>");
    }

    pub fn close(&mut self) {
        self.body.push_str("</g>\n");
    }

    pub fn rect(&mut self, rect: Rect, attributes: &str) {
        let Rect { x, y, width, height } = rect;
        let _ = writeln!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {attributes}/>",
            number(x),
            number(y),
            number(width),
            number(height)
        );
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), attributes: &str) {
        let _ = writeln!(
            self.body,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {attributes}/>",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1)
        );
    }

    pub fn polyline(&mut self, points: &[(f64, f64)], attributes: &str) {
        self.body.push_str("<polyline points=\"");
        for (i, (x, y)) in points.iter().enumerate() {
            let separator = if i == 0 { "" } else { " " };
            let _ = write!(self.body, "{separator}{},{}", number(*x), number(*y));
        }
        let _ = writeln!(self.body, "\" {attributes}/>");
    }

    pub fn circle(&mut self, center: (f64, f64), radius: f64, attributes: &str) {
        let _ = writeln!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {attributes}/>",
            number(center.0),
            number(center.1),
            number(radius)
        );
    }

    /// A finished figure at `place`; its marks come along, each after `heading`.
    pub fn figure(&mut self, place: Rect, figure: &Figure, heading: &str) {
        let (x, y) = (number(place.x), number(place.y));
        let inner = figure.svg().strip_prefix("<svg ").unwrap_or_default();
        let _ = write!(self.body, "<svg x=\"{x}\" y=\"{y}\" {inner}");
        self.marks.extend(figure.marks().iter().map(|mark| Mark {
            x: place.x + mark.x,
            y: place.y + mark.y,
            text: format!("{heading}: {}", mark.text),
            point: mark.point,
        }));
    }

    /// `text` with the middle of its capitals at `at`.
    pub fn text(&mut self, at: (f64, f64), style: Type, text: &str) {
        let lift = 0.36 * style.size; // half the height of Inter's capitals
        let (mut x, mut y) = at;
        let mut attributes = String::new();
        if style.upright {
            x += lift;
            let _ = write!(attributes, " transform=\"rotate(-90 {} {})\"", number(x), number(y));
        } else {
            y += lift;
        }
        match style.anchor {
            Anchor::Start => {}
            Anchor::Middle => attributes.push_str(" text-anchor=\"middle\""),
            Anchor::End => attributes.push_str(" text-anchor=\"end\""),
        }
        if style.weight == Weight::SemiBold {
            attributes.push_str(" font-weight=\"600\"");
        }
        if style.halo {
            attributes.push_str(
                " stroke=\"#ffffff\" stroke-width=\"3\" stroke-opacity=\"0.9\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
            );
        }
        let _ = writeln!(
            self.body,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{attributes}>{}</text>",
            number(x),
            number(y),
            number(style.size),
            style.color,
            escape(text)
        );
    }

    /// An embedded PNG stretched over `rect`; `sharp` keeps its pixels square instead of smoothing them.
    pub fn image(&mut self, rect: Rect, png: &[u8], sharp: bool) {
        let Rect { x, y, width, height } = rect;
        let rendering = if sharp { " style=\"image-rendering:pixelated\"" } else { "" };
        let _ = write!(
            self.body,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{rendering} href=\"data:image/png;base64,",
            number(x),
            number(y),
            number(width),
            number(height)
        );
        STANDARD.encode_string(png, &mut self.body);
        self.body.push_str("\"/>\n");
    }
}

/// `value` with at most two decimals and no superfluous zeros: `12`, `0.5`, `-3.25`.
pub(crate) fn number(value: f64) -> String {
    debug_assert!(value.is_finite(), "coordinate {value}");
    let mut text = format!("{value:.2}");
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    if text == "-0" { "0".to_string() } else { text }
}

/// `text` for XML content and attributes; control characters, which XML cannot hold, become spaces.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in
            [(0.0, "0"), (-0.001, "0"), (12.0, "12"), (0.5, "0.5"), (-3.254, "-3.25"), (100.0, "100")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn text_cannot_break_out_of_its_element() {
        assert_eq!(escape("a<b & \"c\">\u{7}"), "a&lt;b &amp; &quot;c&quot;&gt; ");
    }
}
