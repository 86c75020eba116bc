//! The page of a comparison.

use std::path::Path;

use data::Splits;
use report::{ExplorerLink, KeyNumber, Page, PageFigure, PageItem, PageSection, PageTable};
use serde_json::Value;

use crate::comparison::member::Member;
use crate::comparison::panels::ComparisonFigure;
use crate::comparison::topic::Topic;
use crate::comparison::{EXPLORER, panels, table};
use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::{count, signed, value};
use crate::run_report::thumbnails;
use crate::shell::quoted;

/// Of many models those whose numbers the page begins with.
const BEST: usize = 3;

/// The page, figures and all.
pub fn page(
    topic: &Topic,
    members: &[Member],
    words: &str,
    shown: Vec<ComparisonFigure>,
    splits: &Splits,
    folder: &Path,
    lab: &Lab,
) -> Result<Page, Error> {
    let seeds = members.iter().map(|member| member.runs.len()).max().unwrap_or(1);
    let mut sections = vec![numbers_section(members, seeds)];
    for ComparisonFigure { name, figure, caption, part, of_points } in shown {
        let thumbnails = of_points.then_some(0);
        let item = PageItem::Figure(PageFigure { name, figure, caption, thumbnails });
        match sections.last_mut() {
            Some(section) if section.title == part => section.items.push(item),
            _ => sections.push(PageSection { title: part.into(), text: String::new(), items: vec![item] }),
        }
    }
    sections.push(runs(members));
    Ok(Page {
        title: topic.title.clone(),
        what: format!(
            "{}{} on {} of {}{}{}.",
            if topic.description.is_empty() { String::new() } else { format!("{} ", topic.description) },
            count(members.len(), "model"),
            count(splits.test.len(), "test image"),
            splits.test.name(),
            if seeds > 1 { format!(", {seeds} seeds each") } else { String::new() },
            if members.len() > panels::MOST {
                format!("; figures show the first {} of the table", panels::MOST)
            } else {
                String::new()
            }
        ),
        verdict: words.to_owned(),
        numbers: members[..if members.len() > table::MANY { BEST } else { members.len() }]
            .iter()
            .flat_map(key_numbers)
            .collect(),
        sections,
        thumbnails: thumbnails(&splits.test, lab)?,
        explorer: Some(if folder.join(EXPLORER).is_file() {
            ExplorerLink::Beside
        } else {
            ExplorerLink::MadeBy(format!("latentlab explore {}", quoted(folder)))
        }),
        made: format!(
            "Made by latentlab {}. Figures lie beside this page as SVG and PNG, all numbers in results.json.",
            env!("CARGO_PKG_VERSION")
        ),
    })
}

/// The two numbers of each model that are read first.
fn key_numbers(member: &Member) -> Vec<KeyNumber> {
    let mut numbers = Vec::new();
    if let Some(total) = member.mean("valid_total") {
        let published = member.published.get("valid_total");
        let good = published.map_or("lower is better".into(), |found| {
            format!("lower is better; published {}", value(*found))
        });
        let unit = crate::losses::loss_unit(&member.run.trained.recipe.objective).into();
        numbers.push(KeyNumber {
            name: format!("{}: validation loss", member.name),
            value: value(total),
            unit,
            good,
        });
    }
    if let Some(psnr) = member.mean("psnr") {
        let (name, value) = (format!("{}: PSNR", member.name), signed(psnr, 2));
        numbers.push(KeyNumber { name, value, unit: "dB".into(), good: "higher is better".into() });
    }
    numbers
}

fn numbers_section(members: &[Member], seeds: usize) -> PageSection {
    let mut rows = table::shown(members).into_iter();
    let published = members.iter().any(|member| !member.published.is_empty());
    let mut caption = if seeds > 1 {
        format!("Means over {seeds} seeds ± standard deviation; figures below show the first seed.")
    } else {
        "Of the best epoch's weights, on the test images where nothing else is said.".to_owned()
    };
    if members.len() > table::MANY {
        caption += " All numbers are in results.json.";
    }
    if published {
        caption += " In brackets: what the publication reports.";
    }
    let head = rows.next().unwrap_or_default();
    let mut items = vec![PageItem::Table(PageTable { caption, head, rows: rows.collect() })];
    items.extend(by_class(members).map(PageItem::Table));
    PageSection { title: "Numbers".into(), text: String::new(), items }
}

/// Silhouettes by class and model.
fn by_class(members: &[Member]) -> Option<PageTable> {
    let found: Vec<_> = members.iter().map(Member::class_silhouettes).collect();
    let classes: Vec<String> = found.first()?.as_object()?.keys().cloned().collect();
    if classes.is_empty() {
        return None;
    }
    let cell = |all: &Value, class: &str| {
        all.get(class).and_then(Value::as_f64).map_or_else(String::new, |mean| signed(mean, 4))
    };
    let caption = "Mean silhouette of each class".to_owned();
    let names = members.iter().map(|member| member.name.clone());
    if members.len() > table::MANY {
        let rows = names.zip(&found).map(|(name, all)| {
            std::iter::once(name).chain(classes.iter().map(|class| cell(all, class))).collect()
        });
        let head = std::iter::once("model".to_owned()).chain(classes.iter().cloned());
        return Some(PageTable { caption, head: head.collect(), rows: rows.collect() });
    }
    let rows = classes.iter().map(|class| {
        std::iter::once(class.clone()).chain(found.iter().map(|all| cell(all, class))).collect()
    });
    let head = std::iter::once("class".to_owned()).chain(names);
    Some(PageTable { caption, head: head.collect(), rows: rows.collect() })
}

fn runs(members: &[Member]) -> PageSection {
    let rows = members.iter().flat_map(|member| {
        member.runs.iter().map(|run| {
            vec![
                member.name.clone(),
                member.recipe_name().to_owned(),
                run.seed.to_string(),
                run.folder.clone(),
            ]
        })
    });
    let table = PageTable {
        caption: "Each run has a report of its own: latentlab report RUN".into(),
        head: ["model", "recipe", "seed", "run"].map(String::from).to_vec(),
        rows: rows.collect(),
    };
    PageSection { title: "Runs".into(), text: String::new(), items: vec![PageItem::Table(table)] }
}
