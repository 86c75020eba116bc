//! A finished figure: SVG text, and the PNG rasterised from that same text.

use resvg::{tiny_skia, usvg};

use crate::error::FigureError;
use crate::font;
use crate::raster::LARGEST_SIDE;

/// A drawn figure. The same table always gives the same bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    svg: String,
    width: f64,
    height: f64,
    marks: Vec<Mark>,
}

/// A place in a figure and what stands there: a page shows the text where a reader points.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// From the left, in CSS pixels.
    pub x: f64,
    /// From the top, in CSS pixels.
    pub y: f64,
    /// Name and value: `epoch 12, training kl 18.44`.
    pub text: String,
    /// Which point of the figure's table it is, where the figure shows points.
    pub point: Option<u32>,
}

impl Figure {
    pub(crate) fn new(svg: String, width: f64, height: f64, marks: Vec<Mark>) -> Self {
        Self { svg, width, height, marks }
    }

    /// What stands where, in the order in which a reader with a keyboard comes by. The SVG and the PNG do not
    /// hold it.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// What the figure shows, in words, for readers who do not see it.
    pub fn description(&self) -> String {
        let text = self.svg.split_once("aria-label=\"").and_then(|(_, rest)| rest.split_once('"'));
        let text = text.map_or("", |(text, _)| text);
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    /// The SVG document, UTF-8, self-contained: images are embedded, nothing is fetched.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Width in CSS pixels (1/96 inch).
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Height in CSS pixels (1/96 inch).
    pub fn height(&self) -> f64 {
        self.height
    }

    /// The figure as a PNG of `scale` pixels per CSS pixel: 2 suits screens, 3 is about 300 dpi in print.
    /// Uses the bundled font only, so the picture is the same on every machine.
    ///
    /// # Errors
    /// [`FigureError::Size`] when `scale` is not positive or a side would exceed 16,384 pixels.
    ///
    /// ```
    /// let term = report::LossTerm { name: "total", train: &[160.0, 118.0, 111.0], valid: &[140.3, 116.9, 111.8] };
    /// let figure = report::LossCurves::new(&[term], "nats per image").draw()?;
    /// assert!(figure.svg().starts_with("<svg"));
    /// assert_eq!(&figure.png(2.0)?[1..4], b"PNG");
    /// # Ok::<(), report::FigureError>(())
    /// ```
    pub fn png(&self, scale: f64) -> Result<Vec<u8>, FigureError> {
        let (width, height) = ((self.width * scale).ceil(), (self.height * scale).ceil());
        let fits = |side: f64| (1.0..=f64::from(LARGEST_SIDE)).contains(&side);
        if !(fits(width) && fits(height)) {
            return Err(FigureError::Size { width, height, limit: LARGEST_SIDE });
        }
        let failed = |error: &dyn std::fmt::Display| FigureError::Raster(error.to_string());
        let options = usvg::Options { fontdb: font::database(), ..Default::default() };
        let tree = usvg::Tree::from_str(&self.svg, &options).map_err(|error| failed(&error))?;
        let mut pixels = tiny_skia::Pixmap::new(width as u32, height as u32).ok_or(FigureError::Size {
            width,
            height,
            limit: LARGEST_SIDE,
        })?;
        let scale = scale as f32;
        resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| failed(&error))
    }
}
