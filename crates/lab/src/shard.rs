//! One of several parts of a list of work.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::error::Error;

/// Parts at most; more are a slip.
const MOST: usize = 100_000;

/// Part I of N: of a list every N-th item, from the I-th on; of the rows of a set, which have an order, whole batches one behind
/// the other.
///
/// ```
/// let shard: lab::Shard = "2/3".parse()?;
/// let items: Vec<usize> = (0..8).filter(|position| shard.holds(*position)).collect();
/// assert_eq!(items, [1, 4, 7]);
/// assert_eq!(shard.rows(1000, 128).unwrap(), 256..640); // of 8 batches the third to the fifth
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// How many there are.
    count: usize,
    /// From 1.
    index: usize,
}

impl Shard {
    /// Whether it has the item at `position`, from 0.
    pub fn holds(self, position: usize) -> bool {
        position % self.count == self.index - 1
    }

    /// Which it is, from 1 on.
    pub fn index(self) -> usize {
        self.index
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// Its rows among `total`: whole batches, as many in each part as in any other, or one more.
    ///
    /// # Errors
    /// If there are fewer batches than parts.
    pub fn rows(self, total: usize, batch: usize) -> Result<Range<usize>, Error> {
        let batches = total.div_ceil(batch);
        if batches < self.count {
            let refusal = Error::refused(format!(
                "--shard {self}: shards are whole batches of {batch} rows, and {total} rows are {batches} of them"
            ));
            return Err(refusal.hint(match batches {
                0 | 1 => "without --shard one process takes them all".to_owned(),
                most => format!("as many shards as there are batches at most: --shard 1/{most}"),
            }));
        }
        let border = |shard: usize| (shard * batches / self.count * batch).min(total);
        Ok(border(self.index - 1)..border(self.index))
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) && count <= MOST => {
                Ok(Self { index, count })
            }
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
        for text in ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/9999999", ""] {
            assert!(text.parse::<Shard>().unwrap_err().contains("write I/N"), "{text}");
        }
    }

    #[test]
    fn rows_are_all_in_order_and_no_part_is_empty() {
        for (total, batch, count) in
            [(1, 128, 1), (300, 128, 3), (1000, 7, 9), (129, 128, 2), (12_345, 10, 1000)]
        {
            let mut end = 0;
            for index in 1..=count {
                let rows = Shard { count, index }.rows(total, batch).unwrap();
                assert!(
                    rows.start == end && rows.start.is_multiple_of(batch) && !rows.is_empty(),
                    "{rows:?}"
                );
                end = rows.end;
            }
            assert_eq!(end, total);
        }
        let refusal = Shard { count: 4, index: 2 }.rows(300, 128).unwrap_err().to_string();
        assert_eq!(refusal, "--shard 2/4: shards are whole batches of 128 rows, and 300 rows are 3 of them");
    }
}
