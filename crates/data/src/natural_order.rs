//! The order in which people count names: 2 before 10.

use std::cmp::Ordering;

/// Compares names piece by piece: runs of digits as numbers, everything else as text. Names that count as equal
/// (`1` and `01`) are told apart as text, so that the order is total.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    // A sign belongs to the number only where the whole name is one.
    if let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>()) {
        return a.cmp(&b).then_with(|| left.cmp(right));
    }
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (digits, other) = (take_digits(&mut left), take_digits(&mut right));
            let (digits, other) = (digits.trim_start_matches('0'), other.trim_start_matches('0'));
            digits.len().cmp(&other.len()).then_with(|| digits.cmp(other))
        } else {
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.cmp(&y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

fn take_digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_comes_before_ten() {
        let mut names = vec!["10", "9", "cat10", "cat9", "1", "cat", "01", "-2", "é2", "a1b10", "a1b9"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["-2", "01", "1", "9", "10", "a1b9", "a1b10", "cat", "cat9", "cat10", "é2"]);
    }
}
