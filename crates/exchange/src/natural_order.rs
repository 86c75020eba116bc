//! Names as people sort them.

/// A key by which names sort as people sort them: `conv2d_2` before `conv2d_10`, and `conv2d` before both.
pub fn natural(name: &str) -> Vec<(String, u64)> {
    let part = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        (letters.to_owned(), part[letters.len()..].parse().unwrap_or(0))
    };
    name.split(['/', '.', '_']).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_are_sorted_as_numbers() {
        let mut names = [
            "layers/conv2d_10",
            "layers/conv2d_2",
            "layers/conv2d",
            "layers/dense",
            "encoder.12.weight",
            "encoder.2.weight",
        ];
        names.sort_by_key(|name| natural(name));
        assert_eq!(
            names,
            [
                "encoder.2.weight",
                "encoder.12.weight",
                "layers/conv2d",
                "layers/conv2d_2",
                "layers/conv2d_10",
                "layers/dense"
            ]
        );
    }
}
