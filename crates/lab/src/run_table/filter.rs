//! Which runs are meant: `psnr >= 18`, `model.latent.size = 8`, `recipe ~ conv`.

use std::fmt;
use std::str::FromStr;

use super::row::RunRow;
use super::value::Value;

/// A condition on one key.
///
/// ```
/// use lab::run_table::Filter;
///
/// let filter: Filter = "optimizer.learning_rate <= 1e-3".parse()?;
/// assert_eq!(filter.to_string(), "optimizer.learning_rate <= 0.001");
/// assert!("learning rate".parse::<Filter>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// What is compared.
    pub key: String,
    comparison: Comparison,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// As they are written; of two that begin alike the longer first.
const OPERATORS: [(&str, Comparison); 7] = [
    ("!=", Comparison::Unequal),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("~", Comparison::Contains),
];

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}`: must be KEY OP VALUE with OP one of = != < <= > >= ~");
        let at = text.find(['!', '<', '>', '=', '~']).ok_or_else(refused)?;
        let (key, rest) = text.split_at(at);
        let (operator, comparison) =
            OPERATORS.into_iter().find(|(operator, _)| rest.starts_with(operator)).ok_or_else(refused)?;
        let (key, value) = (key.trim(), rest[operator.len()..].trim());
        let is_key = |c: char| c.is_alphanumeric() || "_-.[]".contains(c);
        if key.is_empty() || !key.chars().all(is_key) || value.starts_with('=') {
            return Err(refused());
        }
        Ok(Self { key: key.to_owned(), comparison, value: Value::from(value) })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = OPERATORS.iter().find(|(_, comparison)| *comparison == self.comparison);
        write!(f, "{} {} {}", self.key, operator.map_or("", |(text, _)| text), self.value)
    }
}

impl Filter {
    /// Runs in this state.
    pub fn state(state: super::RunState) -> Self {
        let value = Value::Text(state.to_string());
        Self { key: "state".to_owned(), comparison: Comparison::Equal, value }
    }

    /// Whether the run is meant. One that has no such key is only where it is to be unequal.
    pub(super) fn admits(&self, row: &RunRow) -> bool {
        let Some(found) = row.get(&self.key) else { return self.comparison == Comparison::Unequal };
        if self.comparison == Comparison::Contains {
            return found.to_string().to_lowercase().contains(&self.value.to_string().to_lowercase());
        }
        // A run called 7 is compared with the text 7.
        let as_text = || Value::Text(self.value.to_string());
        let value = if found.number().is_none() { as_text() } else { self.value.clone() };
        if found.number().is_some_and(f64::is_nan) || value.number().is_none() != found.number().is_none() {
            return self.comparison == Comparison::Unequal;
        }
        let order = found.order(&value);
        match self.comparison {
            Comparison::Equal | Comparison::Contains => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}
