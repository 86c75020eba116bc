//! Values of settings: whether two are one, and what they are called.

use toml::Value;

/// Whether two values mean the same setting: `1` and `1.0` do.
pub fn is_same(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// As names of models have it: numbers without a useless `.0`, text without quotes.
pub fn label(value: &Value) -> String {
    match value {
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The number to six digits, which is what people read and type.
pub fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
