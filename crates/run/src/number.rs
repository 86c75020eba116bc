//! Numbers in JSON without loss: every finite `f64` reads back to the same bits, and what JSON has no
//! numbers for is written as the strings `"NaN"`, `"inf"` and `"-inf"`.
//!
//! For serde's `with`: `number::one` for an `f64`, `number::optional` for one that may be absent, `number::terms` for a
//! map of them.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// An `f64` that keeps NaN and the infinities on its way through JSON.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_finite() => serializer.serialize_f64(value),
            value if value.is_nan() => serializer.serialize_str("NaN"),
            value => serializer.serialize_str(if value > 0.0 { "inf" } else { "-inf" }),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Self)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        match text {
            "NaN" => Ok(f64::NAN),
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }
}

pub(crate) mod one {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        Number(*value).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Number::deserialize(deserializer).map(|number| number.0)
    }
}

pub(crate) mod optional {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Number).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.0))
    }
}

pub(crate) mod terms {
    use std::collections::BTreeMap;

    use super::*;
    use crate::terms::Terms;

    pub(crate) fn serialize<S: Serializer>(terms: &Terms, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(terms.iter().map(|(name, value)| (name, Number(*value))))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Terms, D::Error> {
        let terms = BTreeMap::<String, Number>::deserialize(deserializer)?;
        Ok(terms.into_iter().map(|(name, number)| (name, number.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back_to_the_same_bits() {
        let mut bits = 1_u64;
        let awkward = [0.0, -0.0, 0.1, f64::MIN_POSITIVE, 5e-324, f64::MAX, 1e16, 1.0 / 3.0, f64::INFINITY];
        let many = (0..2000).map(|_| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from_bits(bits)
        });
        for value in awkward.into_iter().chain(many).flat_map(|value| [value, -value]) {
            let text = serde_json::to_string(&Number(value)).unwrap();
            let back = serde_json::from_str::<Number>(&text).unwrap().0;
            assert!(back.to_bits() == value.to_bits() || back.is_nan() && value.is_nan(), "{text}");
        }
    }

    #[test]
    fn an_absent_number_is_null_and_no_number_else_is() {
        #[derive(serde::Serialize, serde::Deserialize)]
        struct Holder(#[serde(with = "super::optional")] Option<f64>);
        let text = |value| serde_json::to_string(&Holder(value)).unwrap();
        assert_eq!([None, Some(f64::NAN), Some(0.5)].map(text), ["null", "\"NaN\"", "0.5"]);
        let back = |text: &str| serde_json::from_str::<Holder>(text).unwrap().0;
        assert_eq!((back("null"), back("0.5")), (None, Some(0.5)));
        assert!(back("\"NaN\"").is_some_and(f64::is_nan));
    }

    #[test]
    fn other_words_are_refused() {
        let error =
            serde_json::from_str::<Number>("\"nan?\"").map(|number| number.0).unwrap_err().to_string();
        assert!(error.contains("\"NaN\", \"inf\" or \"-inf\""), "{error}");
        assert!(serde_json::from_str::<Number>("null").is_err());
    }
}
