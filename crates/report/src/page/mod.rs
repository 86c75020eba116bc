//! One HTML file that shows everything about a run or a study: no request leaves it, it opens from a folder.
//!
//! The page is data ([`Page`]); what it looks like is in `templates/report.html`, `report.css` and `report.js`,
//! which become part of the program when it is compiled. Pointing at a figure, or walking through it with the
//! arrow keys, says what stands there (see [`crate::Mark`]), and on maps shows the image of the point.

mod embedded;
mod thumbnails;

use askama::Template;

use crate::error::FigureError;
use crate::figure::Figure;

use embedded::EmbeddedFigure;
pub use thumbnails::Thumbnails;

/// The largest page that is made: 10 MB, what mail still takes.
pub const MOST_PAGE_BYTES: usize = 10_000_000;

/// A page. Everything in it is text: what needs escaping is escaped when it is rendered.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What it is about: the run's name.
    pub title: String,
    /// What was trained on what, in one sentence.
    pub what: String,
    /// The verdict: what the numbers say, in two sentences or a short paragraph.
    pub verdict: String,
    /// The numbers that matter most.
    pub numbers: Vec<KeyNumber>,
    /// Everything else, in order.
    pub sections: Vec<PageSection>,
    /// Small images of the points of maps; [`PageFigure::thumbnails`] refers to them by place.
    pub thumbnails: Vec<Thumbnails>,
    /// How the page came about, in one line.
    pub made: String,
}

/// A number and how to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyNumber {
    /// What it is.
    pub name: String,
    /// As people read it.
    pub value: String,
    /// Its unit; empty for none.
    pub unit: String,
    /// What is good: a direction, a range, something to compare with.
    pub good: String,
}

/// A part of the page under a heading.
#[derive(Clone, Debug, Default)]
pub struct PageSection {
    /// The heading.
    pub title: String,
    /// What is seen here, in a sentence or two; empty for none.
    pub text: String,
    /// Figures and tables in order.
    pub items: Vec<PageItem>,
}

/// What a section holds.
#[derive(Clone, Debug)]
pub enum PageItem {
    /// A figure.
    Figure(PageFigure),
    /// A table.
    Table(PageTable),
}

/// A figure with its caption.
#[derive(Clone, Debug)]
pub struct PageFigure {
    /// Name of its files: `loss-curves`.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// What it shows and how to read it.
    pub caption: String,
    /// Which of the page's [`Thumbnails`] show its points.
    pub thumbnails: Option<usize>,
}

/// A table with a head.
#[derive(Clone, Debug, Default)]
pub struct PageTable {
    /// What it lists.
    pub caption: String,
    /// One heading per column.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

impl PageTable {
    /// Whether column `column` holds numbers, which stand to the right.
    fn is_numeric(&self, column: &usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(*column)).filter(|cell| !cell.is_empty());
        let number = |cell: &String| {
            cell.chars().any(|c| c.is_ascii_digit())
                && cell.chars().all(|c| c.is_ascii_digit() || ",.-+−–±×⁻⁰¹²³⁴⁵⁶⁷⁸⁹ %e()".contains(c))
        };
        cells.clone().next().is_some() && cells.all(number)
    }
}

/// `report.html` and what it is filled with.
#[derive(Template)]
#[template(path = "report.html")]
struct Filled<'a> {
    page: &'a Page,
    sections: &'a [FilledSection<'a>],
    sheets: &'a [String],
    style: &'static str,
    script: &'static str,
}

struct FilledSection<'a> {
    id: String,
    title: &'a str,
    text: &'a str,
    items: Vec<FilledItem<'a>>,
}

enum FilledItem<'a> {
    Figure(EmbeddedFigure),
    Table(&'a PageTable),
}

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

impl Page {
    /// The page as one HTML file, UTF-8, below [`MOST_PAGE_BYTES`]. Where it would be larger, the images of the
    /// points are left out.
    ///
    /// # Errors
    /// [`FigureError::Raster`] if a picture cannot be encoded; [`FigureError::PageSize`].
    ///
    /// ```
    /// let page = report::Page { title: "mnist-mlp-vae-1".into(), ..Default::default() };
    /// let html = page.html()?;
    /// assert!(html.starts_with("<!doctype html>") && html.contains("mnist-mlp-vae-1"));
    /// # Ok::<(), report::FigureError>(())
    /// ```
    pub fn html(&self) -> Result<String, FigureError> {
        let html = self.render(true)?;
        if html.len() <= MOST_PAGE_BYTES {
            return Ok(html);
        }
        let html = self.render(false)?;
        if html.len() <= MOST_PAGE_BYTES {
            return Ok(html);
        }
        Err(FigureError::PageSize { bytes: html.len(), limit: MOST_PAGE_BYTES })
    }

    fn render(&self, with_thumbnails: bool) -> Result<String, FigureError> {
        let shown = if with_thumbnails { self.thumbnails.as_slice() } else { &[] };
        let sheets: Vec<String> = shown.iter().map(Thumbnails::data_uri).collect::<Result<_, _>>()?;
        let sections: Vec<FilledSection> = self
            .sections
            .iter()
            .enumerate()
            .map(|(index, section)| {
                let items = section
                    .items
                    .iter()
                    .map(|item| match item {
                        PageItem::Figure(figure) => {
                            let sheet = figure.thumbnails.and_then(|at| Some((at, shown.get(at)?)));
                            EmbeddedFigure::new(figure, sheet).map(FilledItem::Figure)
                        }
                        PageItem::Table(table) => Ok(FilledItem::Table(table)),
                    })
                    .collect::<Result<_, _>>()?;
                let (title, text) = (section.title.as_str(), section.text.as_str());
                Ok(FilledSection { id: format!("part-{}", index + 1), title, text, items })
            })
            .collect::<Result<_, FigureError>>()?;
        let (style, script) = (STYLE, SCRIPT);
        let filled = Filled { page: self, sections: &sections, sheets: &sheets, style, script };
        filled.render().map_err(|error| FigureError::Raster(error.to_string()))
    }
}
