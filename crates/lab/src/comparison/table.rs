//! The table of a comparison's numbers.

use analysis::{Direction, metric};

use crate::comparison::member::Member;
use crate::comparison::model_numbers::{NUMBERS, Summary};
use crate::numbers::value;

/// More models than this stand in the rows of the tables, in the order of their PSNR, or of the variance that they keep.
pub const MANY: usize = 6;
/// Numbers that are read first.
const BRIEF: [&str; 7] =
    ["valid_total", "distortion", "explained", "psnr", "ssim", "silhouette", "training_seconds"];

/// A head and a row for each number that a model has; of many models a row for each, with the numbers that are read first.
pub fn shown(members: &[Member]) -> Vec<Vec<String>> {
    match members.len() > MANY {
        true => transposed(numbers(members, |name| BRIEF.contains(&name))),
        false => numbers(members, |_| true),
    }
}

/// Rows as columns, so that the first of each row heads one; what is better goes to the names of the numbers.
fn transposed(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let Some(columns) = rows.first().map(Vec::len) else { return rows };
    let models = columns - 1; // the last column says what is better
    let mut turned: Vec<Vec<String>> =
        (0..models).map(|at| rows.iter().map(|row| row[at].clone()).collect()).collect();
    turned[0][0] = "model".into();
    for (title, row) in turned[0].iter_mut().zip(&rows).skip(1) {
        if let Some(better) = row.last().filter(|better| !better.is_empty()) {
            *title += &format!(", {better}");
        }
    }
    turned
}

/// A head and a row for each number that a model has, with the published one in brackets.
fn numbers(members: &[Member], is_shown: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mut head = vec!["number".to_owned()];
    head.extend(members.iter().map(|member| member.name.clone()));
    head.push("better".into());
    let mut rows = vec![head];
    for (name, title) in NUMBERS.iter().filter(|(name, _)| is_shown(name)) {
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

#[cfg(test)]
mod tests {
    use super::transposed;

    #[test]
    fn numbers_become_columns_that_say_what_they_are() {
        let rows = [
            ["number", "a", "b", "better"],
            ["validation loss", "3", "4", "lower"],
            ["active latent dimensions", "1", "2", ""],
        ];
        let turned = transposed(rows.map(|row| row.map(String::from).to_vec()).to_vec());
        let expected = [
            ["model", "validation loss, lower", "active latent dimensions"],
            ["a", "3", "1"],
            ["b", "4", "2"],
        ];
        assert_eq!(turned, expected);
    }
}
