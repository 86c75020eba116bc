//! The page: payload, blobs, style and script in one HTML file.

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::blobs::{Blob, Blobs, Part};
use crate::error::ExplorerError;
use crate::payload::{Column, Content, Images, Model, Payload, Points};

const STYLE: &str = include_str!("../page/bundle/explorer.css");
const SCRIPT: &str = include_str!("../page/bundle/explorer.js");

/// A page. Every text in it is text, never markup.
#[derive(Clone, Debug)]
pub struct Explorer {
    /// Name of the run or the study.
    pub title: String,
    /// One sentence: which images, which model.
    pub what: String,
    /// How the page came about, in one line.
    pub made: String,
    /// Sentences on what was left out.
    pub left_out: Vec<String>,
    /// The images (or rows) on the map.
    pub points: Points,
    /// Small images of the points.
    pub images: Option<Images>,
    /// What the owner gave.
    pub columns: Vec<Column>,
    /// The models, at least one.
    pub models: Vec<Model>,
    /// What all of these refer to.
    pub blobs: Blobs,
}

/// A page as it is written.
#[derive(Clone, Debug)]
pub struct Html {
    /// UTF-8.
    pub text: String,
    /// What it is made of.
    pub contents: Vec<Content>,
}

/// `explorer.html` and what it is filled with.
#[derive(Template)]
#[template(path = "explorer.html")]
struct PageTemplate<'a> {
    title: &'a str,
    what: &'a str,
    script_hash: &'a str,
    style: &'static str,
    script: &'static str,
    payload: &'a str,
    blobs: &'a [Blob],
}

impl Explorer {
    /// The page as one HTML file, which makes no request.
    ///
    /// # Errors
    /// [`ExplorerError::Page`].
    pub fn html(&self) -> Result<Html, ExplorerError> {
        let parts = Part::ALL.map(|part| Content { name: part.name(), bytes: self.blobs.bytes_of(part) });
        let mut contents: Vec<Content> = parts.into_iter().filter(|part| part.bytes > 0).collect();
        contents.push(Content { name: "descriptions", bytes: self.payload(&contents)?.len() });
        contents.push(Content { name: "the page itself", bytes: SCRIPT.len() + STYLE.len() });
        let hash = STANDARD.encode(Sha256::digest(SCRIPT));
        let template = PageTemplate {
            title: &self.title,
            what: &self.what,
            script_hash: &hash,
            style: STYLE,
            script: SCRIPT,
            payload: &self.payload(&contents)?,
            blobs: self.blobs.all(),
        };
        let text = template.render().map_err(|error| ExplorerError::Page(error.to_string()))?;
        Ok(Html { text, contents })
    }

    /// In a script element no text may look like its end.
    fn payload(&self, contents: &[Content]) -> Result<String, ExplorerError> {
        let payload = Payload {
            version: 1,
            title: &self.title,
            what: &self.what,
            made: &self.made,
            contents,
            left_out: &self.left_out,
            points: &self.points,
            images: self.images.as_ref(),
            columns: &self.columns,
            models: &self.models,
        };
        let json = serde_json::to_string(&payload).map_err(|error| ExplorerError::Page(error.to_string()))?;
        Ok(json.replace('<', "\\u003c"))
    }
}
