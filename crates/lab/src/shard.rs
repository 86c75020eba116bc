//! One of several parts of a list of work.

use std::fmt;
use std::str::FromStr;

/// Part I of N: every N-th item, from the I-th on.
///
/// ```
/// let shard: lab::Shard = "2/3".parse()?;
/// let items: Vec<usize> = (0..8).filter(|position| shard.holds(*position)).collect();
/// assert_eq!(items, [1, 4, 7]);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    index: usize,
    /// How many there are.
    count: usize,
}

impl Shard {
    /// Whether it has the item at `position`, from 0.
    pub fn holds(self, position: usize) -> bool {
        position % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(format!("`{text}` is no part: write I/N, as in 1/4, with I from 1 to N")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_leave_nothing_out() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].iter().map(|text| text.parse().unwrap()).collect();
        assert!((0..20).all(|at| shards.iter().filter(|shard| shard.holds(at)).count() == 1));
        for text in ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", ""] {
            assert!(text.parse::<Shard>().unwrap_err().contains("write I/N"), "{text}");
        }
    }
}
