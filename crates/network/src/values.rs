//! What a key takes: its type, its range, and values on either side of the range's ends.

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values {
    /// Text that is not empty.
    Name,
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A finite number between two bounds.
    Number(Bound, Bound),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A table, whose keys are in a section of their own.
    Table,
    /// Something else.
    Other {
        /// Type.
        kind: &'static str,
        /// What is allowed.
        range: &'static str,
        /// Values in TOML that are not.
        refused: &'static [&'static str],
    },
}

/// An end of a range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This number is allowed.
    With(f64),
    /// This number is not.
    Without(f64),
    /// There is none.
    Open,
}

/// The largest whole number in TOML.
pub const LARGEST: u64 = i64::MAX as u64;

impl Values {
    /// The type, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Name | Self::Text | Self::Choice(_) => "text",
            Self::Flag => "true or false",
            Self::Whole(..) => "whole number",
            Self::Number(..) => "number",
            Self::Table => "table",
            Self::Other { kind, .. } => kind,
        }
    }

    /// What is allowed, for people; empty where the type says it.
    pub fn range(&self) -> String {
        match *self {
            Self::Name => "not empty".to_owned(),
            Self::Text | Self::Flag | Self::Table => String::new(),
            Self::Whole(low, LARGEST) => format!("at least {low}"),
            Self::Whole(low, high) if low == high => low.to_string(),
            Self::Whole(low, high) => format!("{low} to {}", grouped(high)),
            Self::Number(low, high) => {
                let low = match low {
                    Bound::With(low) => format!("at least {low}"),
                    Bound::Without(low) => format!("above {low}"),
                    Bound::Open => String::new(),
                };
                let high = match high {
                    Bound::With(high) => format!("at most {high}"),
                    Bound::Without(high) => format!("below {high}"),
                    Bound::Open => String::new(),
                };
                [low, high].into_iter().filter(|end| !end.is_empty()).collect::<Vec<_>>().join(", ")
            }
            Self::Choice(names) => {
                names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
            }
            Self::Other { range, .. } => range.to_owned(),
        }
    }
}

/// `1000000` as 1_000_000, which TOML takes too.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join("_")
}
