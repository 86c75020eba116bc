//! Which images are held out of the training: the values of `data.test` and `data.valid`.

use std::fmt;
use std::path::PathBuf;

use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::DataError;

/// Which of n images, in the order of the set, are held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldOut {
    /// The first so many.
    First(usize),
    /// The last so many; the others are the "first n".
    Last(usize),
    /// So many at random.
    Count(usize),
    /// This part at random, strictly between 0 and 1, rounded to whole images.
    Fraction(f64),
}

/// Which images test: in a recipe `{ first = … }`, `{ last = … }`, `{ count = … }`, `{ fraction = … }`, a number alone
/// for the last two, or the path of a folder or file of their own.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TestImages {
    /// Some of the set's images.
    HoldOut(HoldOut),
    /// Images of their own, read as the set's are.
    Path(PathBuf),
}

/// Which images validate: in a recipe `"test"`, a table as in [`HoldOut`], or a number alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validation {
    /// The test images; none of the training images are held out.
    Test,
    /// See [`HoldOut::First`].
    First(usize),
    /// See [`HoldOut::Last`].
    Last(usize),
    /// See [`HoldOut::Count`].
    Count(usize),
    /// See [`HoldOut::Fraction`].
    Fraction(f64),
}

impl Validation {
    /// What is held out of the training images; `None` where the test images validate.
    pub fn hold_out(self) -> Option<HoldOut> {
        match self {
            Self::Test => None,
            Self::First(n) => Some(HoldOut::First(n)),
            Self::Last(n) => Some(HoldOut::Last(n)),
            Self::Count(n) => Some(HoldOut::Count(n)),
            Self::Fraction(part) => Some(HoldOut::Fraction(part)),
        }
    }
}

impl From<HoldOut> for Validation {
    fn from(rule: HoldOut) -> Self {
        match rule {
            HoldOut::First(n) => Self::First(n),
            HoldOut::Last(n) => Self::Last(n),
            HoldOut::Count(n) => Self::Count(n),
            HoldOut::Fraction(part) => Self::Fraction(part),
        }
    }
}

/// A rule as a recipe says it: text, or what is held out.
enum Rule {
    Text(String),
    HoldOut(HoldOut),
}

/// Reads a [`Rule`]; holds what a field's text may be.
struct RuleVisitor(&'static str);

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = Rule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, a number of images, a fraction below 1, or {{ first = N }}, {{ last = N }}, {{ count = N }}, \
             {{ fraction = F }}",
            self.0
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Rule, E> {
        Ok(Rule::Text(text.to_owned()))
    }

    fn visit_f64<E: Error>(self, part: f64) -> Result<Rule, E> {
        Ok(Rule::HoldOut(HoldOut::Fraction(part)))
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Rule, E> {
        let count = usize::try_from(count).map_err(|_| E::invalid_value(Unexpected::Signed(count), &self))?;
        Ok(Rule::HoldOut(HoldOut::Count(count)))
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Rule, E> {
        let count =
            usize::try_from(count).map_err(|_| E::invalid_value(Unexpected::Unsigned(count), &self))?;
        Ok(Rule::HoldOut(HoldOut::Count(count)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rule, A::Error> {
        const KEYS: [&str; 4] = ["first", "last", "count", "fraction"];
        let one = || A::Error::custom("must have one key: first, last, count or fraction");
        let key: String = map.next_key()?.ok_or_else(one)?;
        let rule = match key.as_str() {
            "first" => HoldOut::First(map.next_value()?),
            "last" => HoldOut::Last(map.next_value()?),
            "count" => HoldOut::Count(map.next_value()?),
            "fraction" => HoldOut::Fraction(map.next_value()?),
            other => return Err(A::Error::unknown_variant(other, &KEYS)),
        };
        if map.next_key::<String>()?.is_some() {
            return Err(one());
        }
        Ok(Rule::HoldOut(rule))
    }
}

impl<'de> Deserialize<'de> for TestImages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(RuleVisitor("the path of a folder"))? {
            Rule::Text(path) => Self::Path(path.into()),
            Rule::HoldOut(rule) => Self::HoldOut(rule),
        })
    }
}

impl<'de> Deserialize<'de> for Validation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(RuleVisitor("\"test\""))? {
            Rule::Text(text) if text == "test" => Ok(Self::Test),
            Rule::Text(text) => {
                Err(D::Error::unknown_variant(&text, &["test", "first", "last", "count", "fraction"]))
            }
            Rule::HoldOut(rule) => Ok(rule.into()),
        }
    }
}

/// Refuses a rule that can hold out nothing.
pub(crate) fn check_hold_out(field: &str, rule: HoldOut) -> Result<(), DataError> {
    match rule {
        HoldOut::First(0) => Err(DataError::field(&format!("{field}.first"), 0, "must be at least 1")),
        HoldOut::Last(0) => Err(DataError::field(&format!("{field}.last"), 0, "must be at least 1")),
        HoldOut::Count(0) => Err(DataError::field(&format!("{field}.count"), 0, "must be at least 1")),
        HoldOut::Fraction(part) if !(part > 0.0 && part < 1.0) => {
            Err(DataError::field(&format!("{field}.fraction"), part, "must lie strictly between 0 and 1"))
        }
        _ => Ok(()),
    }
}
