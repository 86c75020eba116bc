//! The table of a comparison's numbers.

use analysis::{Direction, metric};

use crate::comparison::member::Member;
use crate::comparison::model_numbers::{NUMBERS, Summary};
use crate::numbers::value;

/// A head and a row for each number that a model has, with the published one in brackets.
pub fn table(members: &[Member]) -> Vec<Vec<String>> {
    let mut head = vec!["number".to_owned()];
    head.extend(members.iter().map(|member| member.name.clone()));
    head.push("better".into());
    let mut rows = vec![head];
    for (name, title) in NUMBERS {
        let cells: Vec<String> = members
            .iter()
            .map(|member| {
                let own = member.summary(name).map_or_else(String::new, |summary| match summary {
                    // A count of one run is a whole number.
                    Summary { mean, sd: None } if *name == "active_units" => format!("{mean:.0}"),
                    summary => summary.text(),
                });
                match member.published.get(*name) {
                    Some(published) => format!("{own} ({})", value(*published)),
                    None => own,
                }
            })
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let better = match metric(name).map(|metric| metric.direction) {
                None | Some(Direction::Neutral) => "",
                Some(direction) => direction.name(),
            };
            rows.push([(*title).to_owned()].into_iter().chain(cells).chain([better.to_owned()]).collect());
        }
    }
    rows
}
