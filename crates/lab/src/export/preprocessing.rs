//! What becomes of an image, or a row, before the network sees it: what whoever calls an exported model has to do.

use data::{Background, Binarise, Columns, Fit};
use serde_json::{Value, json};

use crate::numbers::count;
use crate::runs::Run;

/// What becomes of an image, or a row, before the network sees it.
pub struct Preprocessing<'a> {
    height: usize,
    width: usize,
    channels: usize,
    pad: usize,
    fit: Fit,
    background: Background,
    invert: bool,
    binarise: Option<Binarise>,
    columns: Option<&'a Columns>,
}

impl<'a> Preprocessing<'a> {
    /// That of a run.
    pub fn of(run: &'a Run) -> Self {
        let (shape, data) = (run.image_shape(), &run.trained.recipe.data);
        Self {
            height: shape.height,
            width: shape.width,
            channels: shape.channels,
            pad: data.pad,
            fit: data.fit.unwrap_or_default(),
            background: data.background.unwrap_or_default(),
            invert: data.invert,
            binarise: data.input.binarise,
            columns: run.columns(),
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        if let Some(columns) = self.columns {
            let (names, mean, deviation) = (&columns.names, &columns.mean, &columns.deviation);
            return json!({ "columns": names, "mean": mean, "deviation": deviation });
        }
        json!({
            "height": self.height, "width": self.width, "channels": self.channels, "range": [0, 1], "pad": self.pad,
            "fit": self.fit, "background": self.background, "invert": self.invert, "binarise": self.binarise,
        })
    }

    /// For people, step by step.
    pub fn steps(&self) -> Vec<String> {
        if let Some(columns) = self.columns {
            let columns = count(columns.names.len(), "column");
            return vec![format!(
                "A row is {columns}, in the shape of the images above, each standardised: (value − mean) / deviation, with the \
                 numbers below."
            )];
        }
        let colours = if self.channels == 1 { "grey" } else { "RGB" };
        let (height, width) = (self.height - 2 * self.pad, self.width - 2 * self.pad);
        let how = match self.fit {
            Fit::Resize => "scaled",
            Fit::Crop | Fit::Tiles => "cropped to its centre and scaled",
            Fit::Pad => "scaled to fit and padded",
        };
        let mut steps = vec![
            format!("An image is {colours}, {how} to {height} × {width} pixels."),
            "Pixels are divided by 255, so that they lie in [0, 1].".to_owned(),
        ];
        if self.background == Background::White {
            steps.push("Transparent pixels lie on white.".to_owned());
        }
        if self.invert {
            steps.push("Black and white change places: 1 − value.".to_owned());
        }
        if self.pad > 0 {
            steps.push(format!("A border of {} zeros is put around it.", self.pad));
        }
        match self.binarise {
            Some(Binarise::Threshold) => steps.push("Pixels above ½ become 1, all others 0.".to_owned()),
            Some(Binarise::Stochastic) => {
                steps.push("Training saw pixels drawn as 0 or 1 with their value as probability.".to_owned());
            }
            None => {}
        }
        steps
    }

    /// The columns of a table with what standardises them.
    pub fn columns(&self) -> Option<&'a Columns> {
        self.columns
    }
}
