//! One HTML file that shows everything about a run or a study: no request leaves it, it opens from a folder.
//!
//! The page is data ([`Page`]); what it looks like is in `templates/report.html`, `report.css` and `report.js`,
//! which become part of the program when it is compiled. Pointing at a figure, or walking through it with the
//! arrow keys, says what stands there (see [`crate::Mark`]), and on maps shows the image of the point.

mod column_plots;
mod embedded_figure;
mod explorer_link;
mod parts;
mod thumbnails;

use askama::Template;

pub use self::explorer_link::ExplorerLink;
pub use self::parts::{
    ColumnPlots, KeyNumber, PageFigure, PageItem, PageSection, PageTable, PlotColumn, SortableCell,
    SortableTable,
};
pub use self::thumbnails::Thumbnails;

use self::column_plots::ColumnPlotsTemplate;
use self::embedded_figure::EmbeddedFigure;
use crate::error::FigureError;

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
    /// Where the page is in which one walks through the latent space.
    pub explorer: Option<ExplorerLink>,
    /// How the page came about, in one line.
    pub made: String,
}

/// `report.html` and what it is filled with.
#[derive(Template)]
#[template(path = "report.html")]
struct PageTemplate<'a> {
    page: &'a Page,
    sections: &'a [SectionTemplate<'a>],
    sheets: &'a [String],
    style: &'static str,
    script: &'static str,
    table_script: &'static str,
}

struct SectionTemplate<'a> {
    id: String,
    title: &'a str,
    text: &'a str,
    items: Vec<ItemTemplate<'a>>,
}

enum ItemTemplate<'a> {
    Figure(EmbeddedFigure),
    Table(&'a PageTable),
    Sortable(&'a SortableTable),
    Columns(Box<ColumnPlotsTemplate>),
}

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");
/// What sorts tables and redraws columns; only in pages that have such.
const TABLE_SCRIPT: &str = include_str!("../../templates/columns.js");

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
        let thumbnails = if with_thumbnails { self.thumbnails.as_slice() } else { &[] };
        let sheets: Vec<String> = thumbnails.iter().map(Thumbnails::data_uri).collect::<Result<_, _>>()?;
        let sections: Vec<SectionTemplate> = self
            .sections
            .iter()
            .enumerate()
            .map(|(index, section)| {
                let items = section
                    .items
                    .iter()
                    .map(|item| match item {
                        PageItem::Figure(figure) => {
                            let sheet = figure.thumbnails.and_then(|at| Some((at, thumbnails.get(at)?)));
                            EmbeddedFigure::new(figure, sheet).map(ItemTemplate::Figure)
                        }
                        PageItem::Table(table) => Ok(ItemTemplate::Table(table)),
                        PageItem::Sortable(table) => Ok(ItemTemplate::Sortable(table)),
                        PageItem::Columns(plots) => {
                            Ok(ItemTemplate::Columns(Box::new(ColumnPlotsTemplate::new(plots)?)))
                        }
                    })
                    .collect::<Result<_, _>>()?;
                let (title, text) = (section.title.as_str(), section.text.as_str());
                Ok(SectionTemplate { id: format!("part-{}", index + 1), title, text, items })
            })
            .collect::<Result<_, FigureError>>()?;
        let items = || self.sections.iter().flat_map(|section| &section.items);
        let is_interactive = items().any(|item| matches!(item, PageItem::Sortable(_) | PageItem::Columns(_)));
        let template = PageTemplate {
            page: self,
            sections: &sections,
            sheets: &sheets,
            style: STYLE,
            script: SCRIPT,
            table_script: if is_interactive { TABLE_SCRIPT } else { "" },
        };
        template.render().map_err(|error| FigureError::Raster(error.to_string()))
    }
}
