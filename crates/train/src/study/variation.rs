//! One setting that a sweep varies, and the values that it takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Value;

use crate::recipe::field_path::FieldPath;
use crate::study::value::{is_same, rounded};

/// The largest whole number that a range may end with: an `f64` holds all below.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// Steps of a range.
const MOST_STEPS: usize = 10_000;
/// Values of a list.
const MOST_VALUES: usize = 1_000;

/// One setting that a sweep varies: an item of `[[sweep.vary]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "VariationTable", into = "VariationTable")]
pub struct Variation {
    /// The setting, a dotted path.
    pub key: String,
    /// Its values.
    pub space: Space,
    /// Settings varied before it of which each must have one of these values; else this one stays the recipe's.
    pub when: BTreeMap<String, Vec<Value>>,
}

/// The values of one setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Space {
    /// One by one, different.
    List(Vec<Value>),
    /// Numbers from one to another.
    Range(Range),
}

/// Numbers from one to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    from: f64,
    to: f64,
    steps: Option<usize>,
    scale: Scale,
    whole: bool,
}

/// How numbers lie between the ends of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// With equal differences.
    #[default]
    Linear,
    /// With equal ratios.
    Log,
}

/// A [`Variation`] as it stands in a file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariationTable {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
    #[serde(default, skip_serializing_if = "is_default")]
    scale: Scale,
    #[serde(default, skip_serializing_if = "is_default")]
    whole: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    when: BTreeMap<String, Value>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Variation {
    /// Of the values `values`, whatever other settings are.
    ///
    /// # Errors
    /// What is wrong with key or values.
    pub fn list(key: String, values: Vec<Value>) -> Result<Self, String> {
        Self::try_from(VariationTable { key, values: Some(values), ..VariationTable::default() })
    }

    /// Whether it is varied beside the settings that were chosen before it.
    pub fn applies(&self, chosen: &[(&str, Value)]) -> bool {
        self.when.iter().all(|(key, allowed)| {
            let found = chosen.iter().find(|(name, _)| name == key);
            found.is_some_and(|(_, value)| allowed.iter().any(|one| is_same(one, value)))
        })
    }
}

impl Space {
    /// All values, in order; `None` of a range that does not say in how many steps.
    pub fn grid(&self) -> Option<Vec<Value>> {
        match self {
            Self::List(values) => Some(values.clone()),
            Self::Range(range) => {
                let steps = range.steps?;
                let mut values: Vec<Value> = Vec::with_capacity(steps);
                for value in (0..steps).map(|at| range.step(at, steps)) {
                    // Steps may be finer than whole numbers are.
                    if values.last().is_none_or(|last| !is_same(last, &value)) {
                        values.push(value);
                    }
                }
                Some(values)
            }
        }
    }

    /// The value that a number in [0, 1) draws: each of a list, and of a range's steps, is as likely; the logarithm is
    /// uniform on a logarithmic scale; whole numbers have the numbers that are rounded to them.
    pub fn draw(&self, u: f64) -> Value {
        let one_of = |count: usize| ((u * count as f64) as usize).min(count.saturating_sub(1));
        match self {
            Self::List(values) => values[one_of(values.len())].clone(),
            Self::Range(range) => match range.steps {
                Some(steps) => range.step(one_of(steps), steps),
                None if range.whole => range.value(range.between(range.from - 0.5, range.to + 0.5, u)),
                None => range.value(range.between(range.from, range.to, u)),
            },
        }
    }
}

impl Range {
    /// The value at step `at` of `steps`, from 0.
    fn step(&self, at: usize, steps: usize) -> Value {
        self.value(self.between(self.from, self.to, at as f64 / (steps - 1).max(1) as f64))
    }

    fn between(&self, from: f64, to: f64, part: f64) -> f64 {
        match self.scale {
            Scale::Linear => from + (to - from) * part,
            Scale::Log => (from.ln() + (to.ln() - from.ln()) * part).exp(),
        }
    }

    fn value(&self, number: f64) -> Value {
        if self.whole {
            return Value::Integer(number.round().clamp(self.from, self.to) as i64);
        }
        Value::Float(rounded(number).clamp(self.from, self.to))
    }

    fn check(&self) -> Result<(), String> {
        let Self { from, to, steps, scale, whole } = *self;
        if !(from.is_finite() && to.is_finite() && from < to) {
            return Err(format!("from = {from}, to = {to}: must be finite, the smaller first"));
        }
        if scale == Scale::Log && from <= 0.0 {
            return Err(format!("from = {from}: must be above 0 on a logarithmic scale"));
        }
        let is_whole = |end: f64| end.fract() == 0.0 && end.abs() < LARGEST_WHOLE;
        if whole && !(is_whole(from) && is_whole(to)) {
            return Err(format!("from = {from}, to = {to}: must be whole numbers where whole = true"));
        }
        if !(1..=MOST_STEPS).contains(&steps.unwrap_or(1)) {
            return Err(format!("steps = {}: must be 1 to {MOST_STEPS}", steps.unwrap_or_default()));
        }
        Ok(())
    }
}

impl TryFrom<VariationTable> for Variation {
    type Error = String;

    fn try_from(table: VariationTable) -> Result<Self, String> {
        let VariationTable { key, values, from, to, steps, scale, whole, when } = table;
        if FieldPath::parse(&key).is_none() {
            return Err(format!("key = {key:?}: must be a dotted path such as optimizer.learning_rate"));
        }
        let refuse = |reason: String| format!("{key}: {reason}");
        let has_range_keys =
            from.is_some() || to.is_some() || steps.is_some() || whole || scale != Scale::Linear;
        let space = match (values, from, to) {
            (Some(_), ..) if has_range_keys => {
                return Err(refuse("has values, so from, to, steps, scale and whole say nothing".into()));
            }
            (Some(values), ..) => {
                check_list(&values).map_err(refuse)?;
                Space::List(values)
            }
            (None, Some(from), Some(to)) => {
                let range = Range { from, to, steps, scale, whole };
                range.check().map_err(refuse)?;
                Space::Range(range)
            }
            _ => return Err(refuse("needs a list of values, or from and to".into())),
        };
        let mut conditions = BTreeMap::new();
        for (other, allowed) in when {
            let allowed = match allowed {
                Value::Array(values) => values,
                value => vec![value],
            };
            check_list(&allowed).map_err(|reason| format!("{key}: when: {other}: {reason}"))?;
            conditions.insert(other, allowed);
        }
        Ok(Self { key, space, when: conditions })
    }
}

fn check_list(values: &[Value]) -> Result<(), String> {
    if !(1..=MOST_VALUES).contains(&values.len()) {
        return Err(format!("values: must be 1 to {MOST_VALUES}, and are {}", values.len()));
    }
    for (index, value) in values.iter().enumerate() {
        let is_one = match value {
            Value::Float(number) => number.is_finite(),
            Value::Integer(_) | Value::String(_) | Value::Boolean(_) => true,
            _ => false,
        };
        if !is_one {
            return Err(format!("values: {value} is no finite number, text, true or false"));
        }
        if values[..index].iter().any(|other| is_same(other, value)) {
            return Err(format!("values: {value} is given twice"));
        }
    }
    Ok(())
}

impl From<Variation> for VariationTable {
    fn from(Variation { key, space, when }: Variation) -> Self {
        let when = when.into_iter().map(|(other, mut allowed)| match allowed.len() {
            1 => (other, allowed.remove(0)),
            _ => (other, Value::Array(allowed)),
        });
        let table = Self { key, when: when.collect(), ..Self::default() };
        match space {
            Space::List(values) => Self { values: Some(values), ..table },
            Space::Range(Range { from, to, steps, scale, whole }) => {
                Self { from: Some(from), to: Some(to), steps, scale, whole, ..table }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variation(toml: &str) -> Variation {
        toml::from_str(toml).unwrap_or_else(|error| panic!("{toml}: {error}"))
    }

    fn grid(toml: &str) -> Vec<String> {
        variation(toml).space.grid().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ranges_have_their_ends_and_equal_steps() {
        assert_eq!(grid("key = \"a\"\nfrom = 0\nto = 1\nsteps = 5"), ["0.0", "0.25", "0.5", "0.75", "1.0"]);
        assert_eq!(
            grid("key = \"a\"\nfrom = 1e-4\nto = 1e-2\nsteps = 5\nscale = \"log\""),
            ["0.0001", "0.000316228", "0.001", "0.00316228", "0.01"]
        );
        assert_eq!(grid("key = \"a\"\nfrom = 1\nto = 4\nsteps = 9\nwhole = true"), ["1", "2", "3", "4"]);
        assert_eq!(grid("key = \"a\"\nfrom = 2\nto = 64\nsteps = 6\nscale = \"log\"\nwhole = true").len(), 6);
        assert_eq!(grid("key = \"a\"\nfrom = 2\nto = 3\nsteps = 1"), ["2.0"]);
    }

    #[test]
    fn draws_are_as_likely_as_they_should_be() {
        let counts = |toml: &str| {
            let space = variation(toml).space;
            let mut counts = BTreeMap::<String, usize>::new();
            for i in 0..6000 {
                *counts.entry(space.draw((f64::from(i) + 0.5) / 6000.0).to_string()).or_default() += 1;
            }
            counts
        };
        let die = counts("key = \"a\"\nfrom = 1\nto = 6\nwhole = true");
        assert!(die.len() == 6 && die.values().all(|count| *count == 1000), "{die:?}");
        let choice = counts("key = \"a\"\nvalues = [\"x\", 2, true]");
        assert!(choice.len() == 3 && choice.values().all(|count| *count == 2000), "{choice:?}");
        // log₂ of 1 to 4 on a logarithmic scale: rounded to 1 from 0.5 to 1.5 of 0.5 to 4.5.
        let log = counts("key = \"a\"\nfrom = 1\nto = 4\nwhole = true\nscale = \"log\"");
        assert!(log["1"].abs_diff((6000.0 * 3f64.ln() / 9f64.ln()) as usize) <= 1, "{log:?}");
        let space = variation("key = \"a\"\nfrom = 1e-5\nto = 1e-1\nscale = \"log\"").space;
        assert_eq!(space.draw(0.5).as_float(), Some(1e-3));
        assert_eq!((space.draw(0.0).as_float(), space.draw(1.0).as_float()), (Some(1e-5), Some(0.1)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_key() {
        for (rest, message) in [
            ("", "needs a list of values, or from and to"),
            ("from = 1", "needs a list of values, or from and to"),
            ("values = []", "must be 1 to 1000, and are 0"),
            ("values = [1, 1.0]", "1.0 is given twice"),
            ("values = [nan]", "nan is no finite number"),
            ("values = [[1]]", "[1] is no finite number, text, true or false"),
            ("values = [1]\nwhole = true", "has values, so"),
            ("from = 2\nto = 1", "from = 2, to = 1: must be finite, the smaller first"),
            ("from = 0\nto = 1\nscale = \"log\"", "must be above 0 on a logarithmic scale"),
            ("from = 0.5\nto = 2\nwhole = true", "must be whole numbers"),
            ("from = 1\nto = 2\nsteps = 0", "steps = 0: must be 1 to 10000"),
            ("values = [1]\nwhen = { c = [] }", "when: c: values: must be 1 to 1000, and are 0"),
        ] {
            let error =
                toml::from_str::<Variation>(&format!("key = \"a.b\"\n{rest}")).unwrap_err().to_string();
            assert!(error.contains("a.b: ") && error.contains(message), "{error}");
        }
    }
}
